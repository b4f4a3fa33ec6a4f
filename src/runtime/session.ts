/** @file One ONNX graph, loaded. The only file that touches onnxruntime. */
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';

export type Tensor =
  | { readonly type: 'float32'; readonly shape: readonly number[]; readonly data: Float32Array }
  | { readonly type: 'uint8'; readonly shape: readonly number[]; readonly data: Uint8Array }
  | { readonly type: 'int64'; readonly shape: readonly number[]; readonly data: BigInt64Array };

export type Tensors = Readonly<Record<string, Tensor>>;

/** A tensor of any type that the runtime has. Half floats are their 16 bits, booleans 0 and 1. */
export type AnyTensor =
  | Tensor
  | { readonly type: 'float64'; readonly shape: readonly number[]; readonly data: Float64Array }
  | { readonly type: 'float16'; readonly shape: readonly number[]; readonly data: Uint16Array }
  | { readonly type: 'int8'; readonly shape: readonly number[]; readonly data: Int8Array }
  | { readonly type: 'int16'; readonly shape: readonly number[]; readonly data: Int16Array }
  | { readonly type: 'uint16'; readonly shape: readonly number[]; readonly data: Uint16Array }
  | { readonly type: 'int32'; readonly shape: readonly number[]; readonly data: Int32Array }
  | { readonly type: 'uint32'; readonly shape: readonly number[]; readonly data: Uint32Array }
  | { readonly type: 'uint64'; readonly shape: readonly number[]; readonly data: BigUint64Array }
  | { readonly type: 'bool'; readonly shape: readonly number[]; readonly data: Uint8Array }
  | { readonly type: 'string'; readonly shape: readonly number[]; readonly data: readonly string[] };

export type NamedTensors = readonly (readonly [name: string, tensor: AnyTensor])[];

export interface SessionOptions {
  /** Threads inside one operator. Default 1: data-parallel replicas beat threads inside operators. */
  readonly threads?: number;
  /** Graph rewrites. Default `all`; training graphs run faster with `basic`, where layout rewrites do not pay. */
  readonly optimization?: 'basic' | 'all';
  /** Records the time of every node of every run; the file, `PREFIX_DATE.json` in Chrome's trace format, is written on `close`. */
  readonly profilePrefix?: string;
}

export interface Session {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  /**
   * Runs the graph. Blocks the calling thread, so call it in a worker thread.
   * @param outputs tensors to write results into, without a copy; their buffers must not be shared memory, nor may those
   * of the inputs. Outputs left out are allocated.
   */
  run(inputs: Tensors, outputs?: Tensors): Promise<Record<string, Tensor>>;
  /** Runs the graph with tensors of any type, and gives the outputs that are named, in that order. Blocks, too. */
  runNamed(inputs: NamedTensors, outputs: readonly string[]): Promise<NamedTensors>;
  close(): Promise<void>;
}

/** Loads a graph from its bytes or its file. Throws what onnxruntime says when the graph is not valid. */
export async function openSession(model: Uint8Array | string, options: SessionOptions = {}): Promise<Session> {
  const { threads = 1, optimization = 'all', profilePrefix } = options;
  const session = await InferenceSession.create(model as string, {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    graphOptimizationLevel: optimization,
    enableProfiling: profilePrefix !== undefined,
    profileFilePrefix: profilePrefix,
    // Errors only: what it warns of is its own tidying of a graph.
    logSeverityLevel: 3,
    // Idle threads of one session must not take a core from the others.
    extra: { session: { intra_op: { allow_spinning: threads > 1 ? '1' : '0' } } },
  });
  return {
    inputNames: session.inputNames,
    outputNames: session.outputNames,
    async run(inputs, outputs) {
      const wanted = outputs ? { ...allOutputs(session), ...toOrt(outputs) } : undefined;
      const results = wanted ? await session.run(toOrt(inputs), wanted) : await session.run(toOrt(inputs));
      return Object.fromEntries(Object.entries(results).map(([name, value]) => [name, fromOrt(value as OrtTensor)]));
    },
    async runNamed(inputs, outputs) {
      const feeds: Record<string, OrtTensor> = Object.create(null);
      for (const [name, { type, data, shape }] of inputs)
        feeds[name] = new OrtTensor(type, data as Float32Array, shape);
      // What fails is thrown, and a request may make it fail: nothing is printed beside.
      const results = await session.run(feeds, outputs, { logSeverityLevel: 4 });
      return outputs.map((name) => [name, fromOrtAny(results[name] as OrtTensor)]);
    },
    close: () => {
      if (profilePrefix !== undefined) session.endProfiling();
      return session.release();
    },
  };
}

function allOutputs(session: InferenceSession): Record<string, null> {
  return Object.fromEntries(session.outputNames.map((name) => [name, null]));
}

function toOrt(tensors: Tensors): Record<string, OrtTensor> {
  const converted: Record<string, OrtTensor> = {};
  for (const name in tensors) {
    const { type, data, shape } = tensors[name];
    converted[name] = new OrtTensor(type, data as Float32Array, shape);
  }
  return converted;
}

function fromOrt(value: OrtTensor): Tensor {
  return { type: value.type, data: value.data, shape: value.dims } as Tensor;
}

function fromOrtAny(value: OrtTensor): AnyTensor {
  const { type, dims: shape, data } = value;
  // Newer versions of Node have an array of half floats, which is no bits.
  if (type === 'float16' && !(data instanceof Uint16Array)) {
    const { buffer, byteOffset, length } = data as unknown as Uint16Array<ArrayBuffer>;
    return { type, shape, data: new Uint16Array(buffer, byteOffset, length) };
  }
  return { type, shape, data } as AnyTensor;
}
