/** @file Worker thread of the inference pool: holds sessions, runs batches. */
import { openSession, type Session } from './session.ts';
import { answerCalls } from './worker-group.ts';

/** What the pool asks of a worker. `model` is the pool's number for a loaded model. */
export type InferenceCall =
  | { readonly kind: 'load'; readonly model: number; readonly path: string }
  | { readonly kind: 'run'; readonly model: number; readonly input: Float32Array; readonly shape: readonly number[] }
  | { readonly kind: 'close'; readonly model: number };

const sessions = new Map<number, Session>();

answerCalls<InferenceCall>(async (call) => {
  switch (call.kind) {
    case 'load': {
      const session = await openSession(call.path);
      sessions.set(call.model, session);
      return { result: { inputs: session.inputNames, outputs: session.outputNames } };
    }
    case 'run': {
      const session = sessions.get(call.model)!;
      const input = { type: 'float32', data: call.input, shape: call.shape } as const;
      const outputs = await session.run({ [session.inputNames[0]]: input });
      const [first, ...rest] = session.outputNames;
      const { data, shape } = outputs[first];
      const others = Object.fromEntries(
        rest.map((name) => [name, { data: outputs[name].data, shape: outputs[name].shape }]),
      );
      // Each once: two outputs may be views of one buffer.
      const buffers = new Set(Object.values(outputs).map((output) => output.data.buffer as ArrayBuffer));
      return { result: { data, shape, others }, transfer: [...buffers] };
    }
    case 'close':
      await sessions.get(call.model)?.close();
      sessions.delete(call.model);
      return { result: null };
  }
});
