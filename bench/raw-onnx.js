/**
 * @file onnxruntime alone, without any server: what the machine could answer. `node raw-onnx.js MODEL.onnx SHAPE THREADS SECONDS BATCH...`
 * prints images a second by batch, of THREADS workers with one session each, and the median of a single run at batch 1.
 */

import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import * as ort from 'onnxruntime-node';
import { median } from './figures.js';

if (isMainThread) await main(process.argv.slice(2));
else await work(workerData);

/** @param {string[]} args */
async function main([file, shape, threads, seconds, ...batches]) {
  /** @type {Record<string, { imagesPerSecond: number, medianMs: number }>} */
  const result = {};
  for (const batch of batches.map(Number)) {
    const options = { file, shape: shape.split(',').map(Number), seconds: Number(seconds), batch };
    const runs = await Promise.all(Array.from({ length: Number(threads) }, () => runWorker(options)));
    result[batch] = {
      imagesPerSecond: runs.reduce((sum, run) => sum + run.imagesPerSecond, 0),
      medianMs: median(runs.map((run) => run.medianMs)),
    };
  }
  process.stdout.write(`${JSON.stringify(result)}\n`);
}

/** @param {object} options @returns {Promise<{ imagesPerSecond: number, medianMs: number }>} */
function runWorker(options) {
  return new Promise((resolve, reject) => {
    const worker = new Worker(fileURLToPath(import.meta.url), { workerData: options });
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}

/** @param {{ file: string, shape: number[], seconds: number, batch: number }} options */
async function work({ file, shape, seconds, batch }) {
  // One thread each, as the server has it, without waiting threads that take the others' time.
  const session = await ort.InferenceSession.create(file, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  });
  const size = batch * shape.reduce((product, side) => product * side, 1);
  const type = session.inputMetadata[0].isTensor ? session.inputMetadata[0].type : 'float32';
  const numbers = type === 'uint8' ? new Uint8Array(size) : new Float32Array(size);
  for (let i = 0; i < size; i++) numbers[i] = (i * 31) % 256;
  const feeds = { [session.inputNames[0]]: new ort.Tensor(type, numbers, [batch, ...shape]) };
  const fetches = [session.outputNames[0]];
  const warm = performance.now() + 300;
  while (performance.now() < warm) await session.run(feeds, fetches);
  /** @type {number[]} */
  const times = [];
  const started = performance.now();
  while (performance.now() - started < seconds * 1000) {
    const before = performance.now();
    await session.run(feeds, fetches);
    times.push(performance.now() - before);
  }
  const elapsed = (performance.now() - started) / 1000;
  parentPort?.postMessage({ imagesPerSecond: (times.length * batch) / elapsed, medianMs: median(times) });
}
