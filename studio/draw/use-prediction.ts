/** @file Asks the model, shortly after the last change, and shows only the newest answer. */
import { type ReadonlySignal, useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { describeError, type Failure, isAbort } from '../api/request.ts';
import type { PredictionResponse } from '../api/types.ts';
import type { Answer } from '../logic/prediction.ts';

export interface Asking {
  readonly answer: ReadonlySignal<Answer | null>;
  readonly failure: ReadonlySignal<Failure | null>;
  readonly busy: ReadonlySignal<boolean>;
  /** Asks after `delayMs`; a later call replaces an earlier one. Null takes the answer back. */
  readonly ask: (call: ((signal: AbortSignal) => Promise<PredictionResponse>) | null, delayMs?: number) => void;
}

export function usePrediction(): Asking {
  const answer = useSignal<Answer | null>(null);
  const failure = useSignal<Failure | null>(null);
  const busy = useSignal(false);
  const pending = useRef<{ timer: ReturnType<typeof setTimeout>; controller: AbortController } | null>(null);

  const stop = () => {
    clearTimeout(pending.current?.timer);
    pending.current?.controller.abort();
    pending.current = null;
    busy.value = false;
  };
  const ask: Asking['ask'] = (call, delayMs = 0) => {
    stop();
    if (!call) {
      answer.value = null;
      failure.value = null;
      return;
    }
    const controller = new AbortController();
    const timer = setTimeout(async () => {
      busy.value = true;
      const from = performance.now();
      try {
        const response = await call(controller.signal);
        answer.value = { response, tookMs: performance.now() - from };
        failure.value = null;
      } catch (error) {
        if (isAbort(error) || controller.signal.aborted) return;
        answer.value = null;
        failure.value = describeError(error);
      }
      busy.value = false;
    }, delayMs);
    pending.current = { timer, controller };
  };
  useEffect(() => stop, []);
  return { answer, failure, busy, ask };
}
