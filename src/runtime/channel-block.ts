/** @file How this processor's runtime lays out pictures for its fastest convolutions. */
import { compileBlockProbe, PROBE_CHANNELS } from '../nn/index.ts';
import { openSession } from './session.ts';

let known: Promise<number> | undefined;

/**
 * Channels in a block: 16 with AVX-512, 8 with AVX, 1 where the runtime has no such layout. Asked of the runtime itself once
 * a thread, by a graph of one node.
 */
export function channelBlock(): Promise<number> {
  known ??= probe();
  return known;
}

async function probe(): Promise<number> {
  try {
    const session = await openSession(compileBlockProbe(), { optimization: 'basic' });
    // Two pixels: channel c has 2c in the first and 2c + 1 in the second, so 1 comes right after the first block.
    const data = Float32Array.from({ length: 2 * PROBE_CHANNELS }, (_, index) => index);
    const { y } = await session.run({ x: { type: 'float32', shape: [1, PROBE_CHANNELS, 1, 2], data } });
    await session.close();
    return (y.data as Float32Array).indexOf(1);
  } catch {
    // A runtime without these operations refuses the file.
    return 1;
  }
}
