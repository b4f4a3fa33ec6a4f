/** @file Worker thread of the inference pool: holds sessions, runs batches. */
import { PictorError } from '../contracts/index.ts';
import { applyScale, bufferOf, type WireFeed } from './graph-tensors.ts';
import { type NamedTensors, openSession, type Session } from './session.ts';
import { answerCalls } from './worker-group.ts';

/** What the pool asks of a worker. `model` is the pool's number for a loaded model. */
export type InferenceCall =
  | { readonly kind: 'load'; readonly model: number; readonly graph: string | Uint8Array }
  | {
      readonly kind: 'run';
      readonly model: number;
      readonly feeds: readonly (readonly [name: string, feed: WireFeed])[];
      /** Null: all of the graph's. */
      readonly outputs: readonly string[] | null;
    }
  | { readonly kind: 'close'; readonly model: number };

export interface LoadAnswer {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

export interface RunAnswer {
  readonly outputs: NamedTensors;
  /** Inside the graph. */
  readonly milliseconds: number;
}

/** What fails inside of a graph depends on what came in, but for memory: that the runtime has none left is nobody's request. */
function tellFault(error: unknown): never {
  const text = error instanceof Error ? error.message : String(error);
  if (/alloc|memory/i.test(text)) throw error;
  throw new PictorError('run_failed', text, { cause: error });
}

const sessions = new Map<number, Session>();

answerCalls<InferenceCall>(async (call) => {
  switch (call.kind) {
    case 'load': {
      const session = await openSession(call.graph);
      sessions.set(call.model, session);
      const result: LoadAnswer = { inputs: session.inputNames, outputs: session.outputNames };
      return { result };
    }
    case 'run': {
      const session = sessions.get(call.model)!;
      const inputs: NamedTensors = call.feeds.map(([name, feed]) => [name, applyScale(feed)]);
      const started = performance.now();
      const outputs = await session.runNamed(inputs, call.outputs ?? session.outputNames).catch(tellFault);
      const result: RunAnswer = { outputs, milliseconds: performance.now() - started };
      // Each once: two outputs may be views of one buffer.
      return { result, transfer: [...new Set(outputs.flatMap(([, tensor]) => bufferOf(tensor)))] };
    }
    case 'close':
      await sessions.get(call.model)?.close();
      sessions.delete(call.model);
      return { result: null };
  }
});
