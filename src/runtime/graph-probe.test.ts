import { expect, it } from 'vitest';
import { compileInference, dense, flatten, initialWeights, sequential } from '../nn/index.ts';
import { probeGraph, tryGraph } from './graph-probe.ts';
import { endlessGraph } from './testing/endless-graph.ts';

const network = sequential('tiny', { height: 1, width: 2, channels: 1 }, [flatten(), dense({ units: 3 })]);
const good = compileInference(network, initialWeights(network, 1));

it('tells what goes in and out', async () => {
  const { inputs, outputs } = await probeGraph(good);
  expect(inputs).toEqual([{ name: 'input_tensor', tensor: { type: 'float32', shape: [-1, 1, 2, 1] } }]);
  expect(outputs[0].tensor).toMatchObject({ type: 'float32' });
});

it('runs a graph once, and says what the runtime says when it cannot be', async () => {
  await tryGraph(good, { input_tensor: [1, 1, 2, 1] });
  await expect(tryGraph(good, { input_tensor: [1, 1, 3, 1] })).rejects.toMatchObject({
    message: expect.stringContaining('invalid dimensions'),
  });
  await expect(probeGraph(Uint8Array.of(1, 2, 3))).rejects.toMatchObject({ code: 'internal' });
});

it('ends the process of a graph that never does, and of a caller that waits no longer', async () => {
  const endless = endlessGraph();
  await expect(tryGraph(endless, { x: [1] }, { timeoutMs: 1500 })).rejects.toMatchObject({
    message: 'loading and running it takes longer than 1.5 s',
  });
  const signal = AbortSignal.timeout(300);
  const error = await tryGraph(endless, { x: [1] }, { signal }).catch((reason: unknown) => reason);
  expect(error).toBe(signal.reason);
});

it('asks about many graphs with one listener for the end of the process', async () => {
  const before = process.listenerCount('exit');
  const probes = Array.from({ length: 3 }, () => probeGraph(good));
  expect(process.listenerCount('exit')).toBe(before + 1);
  expect(await Promise.all(probes)).toHaveLength(3);
  expect(process.listenerCount('exit')).toBe(before);
});
