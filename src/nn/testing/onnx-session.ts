/** @file Runs model files in tests: this room comes before the one that owns the runtime. */
import * as ort from 'onnxruntime-node';
import type { DataType } from '../graph/ops.ts';

export interface TestTensor {
  readonly type: DataType;
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}

/** Runs a model file once, on one thread. */
export async function runModel(
  model: Uint8Array,
  feeds: ReadonlyMap<string, TestTensor>,
): Promise<Map<string, TestTensor>> {
  const session = await ort.InferenceSession.create(model, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    graphOptimizationLevel: 'basic',
  });
  try {
    const results = await session.run(Object.fromEntries([...feeds].map(([name, tensor]) => [name, toOrt(tensor)])));
    return new Map(Object.entries(results).map(([name, tensor]) => [name, fromOrt(tensor)]));
  } finally {
    await session.release();
  }
}

function toOrt({ type, shape, data }: TestTensor): ort.Tensor {
  if (type === 'float32') return new ort.Tensor('float32', Float32Array.from(data), shape);
  if (type === 'int64') return new ort.Tensor('int64', BigInt64Array.from(Array.from(data, BigInt)), shape);
  return new ort.Tensor(type, Uint8Array.from(data), shape);
}

function fromOrt(tensor: ort.Tensor): TestTensor {
  return {
    type: tensor.type as DataType,
    shape: tensor.dims,
    data: Array.from(tensor.data as ArrayLike<number | bigint>, Number),
  };
}
