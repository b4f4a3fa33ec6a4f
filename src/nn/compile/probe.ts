/** @file A graph that shows how the runtime lays channels into blocks. */
import { BLOCK_DOMAIN, OnnxWriter } from '../onnx/writer.ts';

/** Channels of the probe: the most that a block has on any processor. */
export const PROBE_CHANNELS = 16;

/** Input `x`: float32 `[1, 16, 1, 2]`. Output `y`: the same numbers in blocks, still called `[1, 16, 1, 2]`. */
export function compileBlockProbe(): Uint8Array {
  const writer = new OnnxWriter('channel-block');
  writer.input('x', 'float32', [1, PROBE_CHANNELS, 1, 2]);
  writer.node('ReorderInput', ['x'], { channels_last: 0 }, 'y', BLOCK_DOMAIN);
  writer.output('y', 'float32', [1, PROBE_CHANNELS, 1, 2]);
  return writer.toBytes();
}
