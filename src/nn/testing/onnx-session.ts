/** @file Runs model files in tests: this room comes before the one that owns the runtime. */
import * as ort from 'onnxruntime-node';
import { BLOCK_PROBE_INPUT, compileBlockProbe, readBlockProbe } from '../compile/probe.ts';
import type { DataType } from '../graph/ops.ts';

export interface TestTensor {
  readonly type: DataType;
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}

export type TestTensors = ReadonlyMap<string, TestTensor>;

let block: Promise<number> | undefined;

/** Channels in a block of this runtime's own layout; 1 when it has none. */
export function blockOfRuntime(): Promise<number> {
  block ??= (async () => {
    const results = await runModel(compileBlockProbe(), new Map([['x', BLOCK_PROBE_INPUT]]));
    return readBlockProbe(Float32Array.from(results.get('y')?.data ?? []));
  })();
  return block;
}

/** As graphs are rewritten for training and for serving. */
type Optimization = 'basic' | 'all';

/** Runs a model file once, on one thread. */
export async function runModel(
  model: Uint8Array,
  feeds: TestTensors,
  optimization?: Optimization,
): Promise<Map<string, TestTensor>> {
  return withModel(model, (run) => run(feeds), optimization);
}

/** Opens a model file for as many runs as the callback makes. */
export async function withModel<T>(
  model: Uint8Array,
  use: (run: (feeds: TestTensors) => Promise<Map<string, TestTensor>>) => Promise<T>,
  optimization: Optimization = 'basic',
): Promise<T> {
  const session = await ort.InferenceSession.create(model, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    graphOptimizationLevel: optimization,
  });
  try {
    return await use(async (feeds) => {
      const results = await session.run(Object.fromEntries([...feeds].map(([name, tensor]) => [name, toOrt(tensor)])));
      return new Map(Object.entries(results).map(([name, tensor]) => [name, fromOrt(tensor)]));
    });
  } finally {
    await session.release();
  }
}

function toOrt({ type, shape, data }: TestTensor): ort.Tensor {
  if (type === 'float32') return new ort.Tensor('float32', new Float32Array(data), shape);
  if (type === 'int64') return new ort.Tensor('int64', BigInt64Array.from(Array.from(data, BigInt)), shape);
  return new ort.Tensor(type, new Uint8Array(data), shape);
}

function fromOrt({ type, dims, data }: ort.Tensor): TestTensor {
  const numbers = data instanceof BigInt64Array ? Float64Array.from(data, Number) : (data as Float32Array | Uint8Array);
  return { type: type as DataType, shape: dims, data: numbers };
}
