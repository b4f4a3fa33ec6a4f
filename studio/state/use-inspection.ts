/** @file What a version is made of, asked for once and kept while a page shows it. */
import { type Signal, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { client } from '../api/client.ts';
import { describeError, type Failure } from '../api/request.ts';
import type { ModelInspection } from '../api/types.ts';

export interface InspectionState {
  /** Null while it is on its way. */
  readonly inspection: Signal<ModelInspection | null>;
  readonly failure: Signal<Failure | null>;
}

/** @param name null asks for nothing */
export function useInspection(name: string | null, version: number): InspectionState {
  const inspection = useSignal<ModelInspection | null>(null);
  const failure = useSignal<Failure | null>(null);
  useEffect(() => {
    let current = true;
    inspection.value = null;
    failure.value = null;
    if (name === null) return;
    client.inspect(name, version).then(
      (found) => {
        if (current) inspection.value = found;
      },
      (error: unknown) => {
        if (current) failure.value = describeError(error);
      },
    );
    return () => {
      current = false;
    };
  }, [name, version]);
  return { inspection, failure };
}
