/** @file Whether a training step can fit into this machine's memory at all. */
import { totalmem } from 'node:os';
import { type NetworkSpec, PictorError } from '../contracts/index.ts';
import { describeNetwork } from '../nn/index.ts';

/** Their outputs are kept from the forward pass to the backward one; others are views, or are computed in place. */
const KEPT = new Set(['Conv2D', 'MaxPooling2D', 'AveragePooling2D', 'Dense']);
const BYTES_PER_NUMBER = 4;
const GIB = 2 ** 30;

/**
 * A step that needs more memory than there is ends the process without a word, or another one on the machine.
 * Counts what it needs at the very least; real steps take two to three times as much.
 * @param available bytes. Default: what the machine, or the container, has
 * @throws `training_option_invalid`
 */
export function checkMemory(network: NetworkSpec, batchSize: number, available: number = machineMemory()): void {
  let numbers = 0;
  for (const { layer, outputShape } of describeNetwork(network).layers) {
    if (KEPT.has(layer)) numbers += outputShape.reduce((product, size) => product * size, 1);
  }
  const bytes = numbers * batchSize * BYTES_PER_NUMBER;
  if (bytes <= available) return;
  const { height, width } = network.input;
  const inGib = (amount: number) => `${(amount / GIB).toFixed(1)} GiB`;
  throw new PictorError(
    'training_option_invalid',
    `A step on ${batchSize} pictures of ${height} x ${width} pixels takes at least ${inGib(bytes)} of memory; this machine has ${inGib(available)}.`,
    { fix: 'Choose smaller pictures or a smaller batch size.', details: { option: 'imageSize', bytes, available } },
  );
}

function machineMemory(): number {
  // 0, or more than there is, where nothing constrains the process.
  const constrained = process.constrainedMemory();
  return constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
}
