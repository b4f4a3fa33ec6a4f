/** @file A graph that shows how the runtime lays channels into blocks. */
import { BLOCK_DOMAIN, OnnxWriter } from '../onnx/writer.ts';

/** Two pixels; as many channels as a block has on any processor. */
const SHAPE = [1, 16, 1, 2] as const;

/** What the probe is fed with: channel c has 2c in the first pixel and 2c + 1 in the second. */
export const BLOCK_PROBE_INPUT = {
  type: 'float32',
  shape: SHAPE,
  data: Float32Array.from({ length: 32 }, (_, index) => index),
} as const;

/** Channels in a block, from what the probe gave: the first channel's second pixel comes right after the first block. */
export function readBlockProbe(y: Float32Array): number {
  return y.indexOf(1);
}

/** Input `x`, as `BLOCK_PROBE_INPUT`. Output `y`: the same numbers in blocks, of the same shape by name. */
export function compileBlockProbe(): Uint8Array {
  const writer = new OnnxWriter('channel-block');
  writer.input('x', 'float32', SHAPE);
  writer.node('ReorderInput', ['x'], { channels_last: 0 }, 'y', BLOCK_DOMAIN);
  writer.output('y', 'float32', SHAPE);
  return writer.toBytes();
}
