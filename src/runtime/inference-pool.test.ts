import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { TensorValue } from '../contracts/index.ts';
import { compileInference, dense, flatten, rescaling, sequential } from '../nn/index.ts';
import { createInferencePool, type InferencePool, type LoadedModel } from './inference-pool.ts';
import { endlessGraph } from './testing/endless-graph.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'pictor-pool-'));
const modelPath = path.join(folder, 'model.onnx');
/** What runs in a process of its own runs built files. */
const distPool = new URL('../../dist/runtime/index.js', import.meta.url).href;
let pool: InferencePool;

/** Two pixels, two classes; the logits are the pixels themselves. */
beforeAll(() => {
  const network = sequential('pixels', { height: 1, width: 2, channels: 1 }, [
    rescaling({ scale: 1 }),
    flatten(),
    dense({ units: 2 }),
  ]);
  const weights = new Map([
    ['dense/kernel', { shape: [2, 2], data: Float32Array.of(1, 0, 0, 1) }],
    ['dense/bias', { shape: [2], data: Float32Array.of(0, 0) }],
  ]);
  writeFileSync(modelPath, compileInference(network, weights));
});
afterEach(() => pool.close());
afterAll(() => rmSync(folder, { recursive: true }));

async function ask(model: LoadedModel, data: Float32Array, shape = [1, 1, 2, 1]) {
  const { outputs } = await model.run(new Map([['input_tensor', { tensor: { dtype: 'DT_FLOAT', shape, data } }]]));
  return outputs.get('output_0') as Extract<TensorValue, { dtype: 'DT_FLOAT' }>;
}

const softmax = (a: number, b: number): number => Math.exp(a) / (Math.exp(a) + Math.exp(b));

it('answers many batches at once, each with its own result', async () => {
  pool = createInferencePool({ threads: 2 });
  const model = await pool.load(modelPath);
  const answers = await Promise.all(Array.from({ length: 40 }, (_, i) => ask(model, Float32Array.of(i / 10, 1))));
  answers.forEach(({ data, shape }, i) => {
    expect(shape).toEqual([1, 2]);
    expect(data[0]).toBeCloseTo(softmax(i / 10, 1), 6);
  });
  expect(pool.idle).toBe(2);
});

it('copies a view, and leaves its neighbours alone', async () => {
  pool = createInferencePool({ threads: 1 });
  const model = await pool.load(modelPath);
  const slab = Float32Array.of(9, 2, 1, 9);
  const { data } = await ask(model, slab.subarray(1, 3));
  expect(data[0]).toBeCloseTo(softmax(2, 1), 6);
  expect([...slab]).toEqual([9, 2, 1, 9]);
});

it('a graph that never ends keeps neither the pool nor the process', async () => {
  const file = path.join(folder, 'endless.onnx');
  writeFileSync(file, endlessGraph());
  const code = `
    const { createInferencePool } = await import(${JSON.stringify(distPool)});
    const pool = createInferencePool({ threads: 1 });
    const model = await pool.load(${JSON.stringify(file)});
    const tensor = { dtype: 'DT_FLOAT', shape: [1], data: Float32Array.of(1) };
    const run = model.run(new Map([['x', { tensor }]])).catch(({ message }) => console.log(message));
    await new Promise((resolve) => setTimeout(resolve, 200));
    await pool.close(100);
    await run;`;
  const program = path.join(folder, 'endless.mjs');
  writeFileSync(program, code);
  const child = spawnSync(process.execPath, [program], { timeout: 30_000, encoding: 'utf8' });
  expect(child).toMatchObject({ signal: 'SIGKILL', stderr: '', stdout: 'The worker thread was ended.\n' });
  pool = createInferencePool({ threads: 1 });
});

it('a run that takes too long is given up, and the others go on in a worker of its own in its place', () => {
  const [endless, good] = [path.join(folder, 'endless.onnx'), modelPath];
  writeFileSync(endless, endlessGraph());
  const code = `
    const { createInferencePool } = await import(${JSON.stringify(distPool)});
    const os = await import('node:os');
    const { readdirSync } = await import('node:fs');
    const pool = createInferencePool({ threads: 1, runLimitMs: 100 });
    const [bad, good] = [await pool.load(${JSON.stringify(endless)}), await pool.load(${JSON.stringify(good)})];
    const feed = (name, shape) => new Map([[name, { tensor: { dtype: 'DT_FLOAT', shape, data: new Float32Array(shape.reduce((a, b) => a * b)) } }]]);
    const [cut, answer] = await Promise.allSettled([bad.run(feed('x', [1])), good.run(feed('input_tensor', [1, 1, 2, 1]))]);
    await bad.close();
    const again = await good.run(feed('input_tensor', [1, 1, 2, 1]));
    const lowest = () => readdirSync('/proc/self/task').filter((id) => os.getPriority(Number(id)) === 19).length;
    while (process.platform === 'linux' && lowest() === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    const told = [cut.reason.code, cut.reason.message, answer.status, [...again.outputs.get('output_0').data], pool.idle];
    console.log(JSON.stringify(told));
    await pool.close();
    process.exit();`;
  const program = path.join(folder, 'too-long.mjs');
  writeFileSync(program, code);
  const child = spawnSync(process.execPath, [program], { timeout: 30_000, encoding: 'utf8' });
  expect(child).toMatchObject({ signal: 'SIGKILL', stderr: '' });
  const message = 'A run of the graph took longer than 100 ms and was given up.';
  expect(JSON.parse(child.stdout)).toEqual(['run_too_long', message, 'fulfilled', [0.5, 0.5], 1]);
});

it.each([
  ['given up', 50, 'run_too_long'],
  ['closed', 60_000, 'internal'],
])('the process outlives the end of a run whose pool has %s', (_, runLimitMs, code) => {
  const slow = path.join(folder, 'slow.onnx');
  writeFileSync(slow, endlessGraph(500_000n));
  const text = `
    const { createInferencePool } = await import(${JSON.stringify(distPool)});
    const { existsSync, readdirSync } = await import('node:fs');
    const threads = () => existsSync('/proc/self/task') ? readdirSync('/proc/self/task') : [];
    const pool = createInferencePool({ threads: 1, runLimitMs: ${runLimitMs} });
    const model = await pool.load(${JSON.stringify(slow)});
    const before = threads();
    const feeds = new Map([['x', { tensor: { dtype: 'DT_FLOAT', shape: [1], data: new Float32Array(1) } }]]);
    const run = model.run(feeds).catch((error) => console.log(error.code));
    if (${runLimitMs} > 1000) await new Promise((resolve) => setImmediate(resolve));
    else await run;
    await pool.close(20_000);
    await run;
    while (before.length > 0 && before.every((id) => threads().includes(id))) await new Promise((resolve) => setTimeout(resolve, 20));
    console.log('goes on');`;
  const program = path.join(folder, 'slow.mjs');
  writeFileSync(program, text);
  const child = spawnSync(process.execPath, [program], { timeout: 30_000, encoding: 'utf8' });
  expect(child).toMatchObject({ status: 0, stderr: '', stdout: `${code}\ngoes on\n` });
  pool = createInferencePool({ threads: 1 });
});

it('refuses what is not a graph', async () => {
  pool = createInferencePool({ threads: 1 });
  const broken = path.join(folder, 'broken.onnx');
  writeFileSync(broken, 'no graph');
  await expect(pool.load(broken)).rejects.toMatchObject({ code: 'model_broken' });
});

it('reports a wrong shape and goes on', async () => {
  pool = createInferencePool({ threads: 1 });
  const model = await pool.load(modelPath);
  await expect(ask(model, new Float32Array(3), [1, 1, 3, 1])).rejects.toThrow();
  const { data } = await ask(model, Float32Array.of(1, 1));
  expect(data[0]).toBeCloseTo(0.5, 6);
});

it('loads the bytes of a graph, one worker after the other, while the others go on', async () => {
  pool = createInferencePool({ threads: 2 });
  const model = await pool.load(readFileSync(modelPath));
  expect([model.inputs, model.outputs]).toEqual([['input_tensor'], ['output_0']]);
  let answers = 0;
  let isLoaded = false;
  const loading = Promise.all([pool.load(modelPath), pool.load(modelPath)]).then(() => (isLoaded = true));
  while (!isLoaded) {
    await ask(model, Float32Array.of(1, 1));
    answers++;
  }
  await loading;
  expect(answers).toBeGreaterThan(0);
  expect(pool.idle).toBe(2);
});

it('makes numbers of bytes in the worker', async () => {
  pool = createInferencePool({ threads: 1 });
  const model = await pool.load(modelPath);
  const tensor = { dtype: 'DT_UINT8', shape: [1, 1, 2, 1], data: Uint8Array.of(255, 0) } as const;
  for (const [divisor, offset, logits] of [
    [1, 0, [255, 0]],
    [127.5, -1, [1, -1]],
    [255, 0, [1, 0]],
  ] as const) {
    const feed = { tensor: { ...tensor, data: tensor.data.slice() }, scale: { divisor, offset } };
    const { outputs } = await model.run(new Map([['input_tensor', feed]]), ['output_0']);
    const [first] = outputs.get('output_0')!.data as Float32Array;
    expect(first).toBeCloseTo(1 / (1 + Math.exp(logits[1] - logits[0])), 6);
  }
});
