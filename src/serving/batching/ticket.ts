/** @file What ends a request before its answer: its deadline, or a caller who went away. */
import { MAX_TIMER_MS, PictorError } from '../../contracts/index.ts';

/** Of an `AbortSignal` what is looked at here: servers have signals that cost less to make for every request. */
export interface CancelSignal {
  readonly aborted: boolean;
  readonly reason?: unknown;
  addEventListener(type: 'abort', listener: () => void): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

export interface RunLimits {
  /** When it is aborted, the request is answered with `request_cancelled` at once, and what still waits is not run. */
  readonly signal?: CancelSignal | undefined;
  /** By the clock of `performance.now()`, in milliseconds; then `deadline_exceeded` is answered at once. */
  readonly deadline?: number | undefined;
  /** Higher goes first. Default 0. Among equals the earlier deadline goes first. */
  readonly priority?: number | undefined;
}

/** A request's right to go on. */
export class Ticket {
  #ended: PictorError | null = null;
  #listeners: ((reason: PictorError) => void)[] = [];

  /** Why the request has ended early; null while it may go on. */
  get ended(): PictorError | null {
    return this.#ended;
  }

  /** Called once, when the request ends early. */
  onEnd(listener: (reason: PictorError) => void): void {
    this.#listeners.push(listener);
  }

  end(reason: PictorError): void {
    if (this.#ended) return;
    this.#ended = reason;
    for (const listener of this.#listeners.splice(0)) listener(reason);
  }

  /** Nothing ends the request early any more. */
  forget(): void {
    this.#listeners = [];
  }
}

/** Does the work within the limits. Rejects at the deadline, or when the signal is aborted, whatever the work does then. */
export function withLimits<T>({ signal, deadline }: RunLimits, work: (ticket: Ticket) => Promise<T>): Promise<T> {
  const ticket = new Ticket();
  if (signal === undefined && deadline === undefined) return work(ticket);
  if (signal?.aborted) return Promise.reject(cancelled(signal.reason));
  const left = deadline === undefined ? Number.POSITIVE_INFINITY : deadline - performance.now();
  if (left <= 0) return Promise.reject(expired());
  return new Promise<T>((resolve, reject) => {
    const onAbort = () => ticket.end(cancelled(signal?.reason));
    signal?.addEventListener('abort', onAbort);
    const timer = left <= MAX_TIMER_MS ? setTimeout(() => ticket.end(expired()), Math.ceil(left)) : undefined;
    ticket.onEnd(reject);
    const done = () => {
      signal?.removeEventListener('abort', onAbort);
      clearTimeout(timer);
      ticket.forget();
    };
    work(ticket).then(
      (result) => {
        done();
        resolve(result);
      },
      (error) => {
        done();
        reject(error);
      },
    );
  });
}

function cancelled(cause: unknown): PictorError {
  return new PictorError('request_cancelled', 'The caller cancelled the request.', { cause });
}

function expired(): PictorError {
  return new PictorError('deadline_exceeded', 'The deadline of the request has passed.');
}
