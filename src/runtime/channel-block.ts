/** @file How this processor's runtime lays out pictures for its fastest convolutions. */
import { BLOCK_PROBE_INPUT, compileBlockProbe, readBlockProbe } from '../nn/index.ts';
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
    const { y } = await session.run({ x: BLOCK_PROBE_INPUT });
    await session.close();
    return readBlockProbe(y.data as Float32Array);
  } catch {
    // A runtime without these operations refuses the file.
    return 1;
  }
}
