/** @file A pool without threads: graphs are numbers that are added, and answer when the test says so. */
import type { GraphSignature } from '../../contracts/index.ts';
import type { GraphFeed, InferencePool, LoadedModel } from '../../runtime/index.ts';
import { type Servable, servableOf } from '../servable/servable.ts';

export interface FakePool extends InferencePool {
  /** Answers at once; else runs wait in `running`. Default true. */
  answersAtOnce: boolean;
  /** Runs that wait, oldest first, with their rows. */
  readonly running: { readonly rows: number; finish(): void; fail(error: Error): void }[];
  /** Rows of every run so far. */
  readonly runs: number[];
  /** Graphs that are loaded now. */
  readonly open: Set<string>;
  /** Graphs that cannot be loaded. */
  readonly broken: Set<string>;
  /** Held back until it resolves. */
  gate: Promise<void>;
}

/** A graph is the text of a number, which is added to `x`; what cannot be read is broken. */
export function fakePool(size = 1): FakePool {
  const pool: FakePool = {
    answersAtOnce: true,
    running: [],
    runs: [],
    open: new Set(),
    broken: new Set(),
    gate: Promise.resolve(),
    size,
    get idle() {
      return size - pool.running.length;
    },
    async load(source) {
      const graph = typeof source === 'string' ? source : Buffer.from(source).toString();
      await pool.gate;
      if (pool.broken.has(graph)) throw new Error(`${graph} is broken`);
      pool.open.add(graph);
      return modelOf(pool, graph);
    },
    close: async () => {},
  };
  return pool;
}

function modelOf(pool: FakePool, graph: string): LoadedModel {
  const added = Number(graph.split('/').at(-1));
  return {
    inputs: ['x'],
    outputs: ['y'],
    run: (feeds) =>
      new Promise((resolve, reject) => {
        const { tensor } = feeds.get('x') as GraphFeed;
        const data = Float32Array.from(tensor.data as Float32Array, (value) => value + added);
        const rows = tensor.shape[0] ?? 1;
        pool.runs.push(rows);
        const finish = () => {
          const outputs = new Map([['y', { dtype: 'DT_FLOAT', shape: tensor.shape, data }] as const]);
          resolve({ outputs, computeMs: 1 });
        };
        if (pool.answersAtOnce) finish();
        else pool.running.push({ rows, finish, fail: reject });
      }),
    close: async () => {
      pool.open.delete(graph);
    },
  };
}

const ADDER: GraphSignature = {
  method: 'tensorflow/serving/predict',
  graph: 'graph',
  inputs: { x: { dtype: 'DT_FLOAT', shape: [-1, 1], tensor: 'x:0', node: 'x' } },
  outputs: { y: { dtype: 'DT_FLOAT', shape: [-1, 1], tensor: 'y:0', node: 'y' } },
};

/** @param graph `NAME/NUMBER`: the number is added */
export function adder(
  graph: string,
  options: { readonly bytes?: number; readonly signature?: GraphSignature } = {},
): Servable {
  const { bytes = 10, signature = ADDER } = options;
  const facts = { labels: [], input: null, network: null, graphSignatures: { serving_default: signature } };
  return servableOf(facts, new Map([['graph', graph]]), { manifest: null, bytes, what: graph, folder: '/nowhere' });
}
