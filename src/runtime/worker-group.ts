/** @file Worker threads that answer calls: start, call, hear what they say in between, end. */
import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';
import path from 'node:path';
import { parentPort, Worker } from 'node:worker_threads';
import { asPictorError, type ErrorBody, errorBody, errorFromBody, PictorError } from '../contracts/index.ts';

type Request = { readonly id: number; readonly call: unknown } | { readonly end: true };
type Reply =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: ErrorBody; readonly text: string }
  | { readonly event: unknown }
  | { readonly osThread: number };

interface Pending {
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
}

/**
 * One worker thread. `Call` is what it is asked, `Event` what it says by itself.
 * When the thread dies, its open calls are rejected.
 */
export class WorkerThread<Call, Event = never> {
  readonly #worker: Worker;
  readonly #exited: Promise<void>;
  readonly #pending = new Map<number, Pending>();
  #nextId = 1;
  #dead: Error | null = null;
  #osThread: number | null = null;
  #onDeath: ((reason: Error) => void) | undefined;

  /** @param options.onDeath called once when the thread ended without being told to */
  constructor(
    file: URL,
    options: {
      readonly data?: unknown;
      readonly onEvent?: (event: Event) => void;
      readonly onDeath?: (reason: Error) => void;
    } = {},
  ) {
    this.#worker = new Worker(file, { workerData: options.data });
    this.#onDeath = options.onDeath;
    this.#worker.on('message', (reply: Reply) => {
      if ('event' in reply) options.onEvent?.(reply.event as Event);
      else if ('osThread' in reply) this.#osThread = reply.osThread;
      else this.#settle(reply);
    });
    this.#worker.on('error', (error) => this.#fail(asPictorError(error)));
    this.#exited = new Promise((resolve) => {
      this.#worker.on('exit', (code) => {
        this.#fail(new PictorError('internal', `A worker thread ended unexpectedly with code ${code}.`));
        resolve();
      });
    });
  }

  /** Asks the thread; `transfer` moves buffers instead of copying them. */
  call<Result>(call: Call, transfer: readonly ArrayBuffer[] = []): Promise<Result> {
    if (this.#dead) return Promise.reject(this.#dead);
    const id = this.#nextId++;
    return new Promise<Result>((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#worker.postMessage({ id, call } satisfies Request, transfer);
    });
  }

  /**
   * Ends the thread at once, also in the middle of a call; only what is no JavaScript, such as a running graph, ends first.
   * @param waitMs for how long that is waited for. A thread that goes on is left behind: it ends with the process.
   */
  terminate(waitMs?: number): Promise<void> {
    return this.#end(() => this.#worker.terminate(), waitMs);
  }

  /**
   * Ends the thread behind the call that runs. One that is terminated while a graph runs would take the process with it when
   * the graph ends: the runtime has no JavaScript then to hand its results to.
   * @param waitMs as of `terminate`
   */
  endBehindCall(waitMs?: number): Promise<void> {
    return this.#end(() => this.#worker.postMessage({ end: true } satisfies Request), waitMs);
  }

  async #end(begin: () => void, waitMs = Number.POSITIVE_INFINITY): Promise<void> {
    this.#onDeath = undefined;
    this.#fail(new PictorError('internal', 'The worker thread was ended.'));
    const ended = this.#exited.then(() => true);
    begin();
    if (waitMs === Number.POSITIVE_INFINITY) return void (await ended);
    let timer: NodeJS.Timeout | undefined;
    const waited = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(false), waitMs);
    });
    if (!(await Promise.race([ended, waited]))) leaveBehind(this.#worker, this.#osThread);
    clearTimeout(timer);
  }

  /**
   * Gives a thread up that takes too long: its open calls are rejected with the reason, `onDeath` is told, and it is ended
   * as `endBehindCall` does.
   */
  abandon(reason: PictorError, waitMs: number): Promise<void> {
    this.#fail(reason);
    return this.endBehindCall(waitMs);
  }

  #settle(reply: Extract<Reply, { id: number }>): void {
    const pending = this.#pending.get(reply.id);
    this.#pending.delete(reply.id);
    if ('error' in reply) pending?.reject(rebuild(reply.error, reply.text));
    else pending?.resolve(reply.result as never);
  }

  #fail(error: Error): void {
    const first = this.#dead === null;
    this.#dead ??= error;
    for (const pending of this.#pending.values()) pending.reject(error);
    this.#pending.clear();
    if (first) this.#onDeath?.(error);
  }
}

const leftBehind = new Set<Worker>();

/**
 * A process waits for its threads when it ends, and would for ever for one that never does: it is then ended from outside.
 * Until then the thread computes only what nobody else wants of the cores, where the system has priorities of threads.
 */
function leaveBehind(worker: Worker, osThread: number | null): void {
  if (leftBehind.size === 0) process.once('exit', endProcess);
  leftBehind.add(worker);
  worker.unref();
  worker.once('exit', () => {
    leftBehind.delete(worker);
    if (leftBehind.size === 0) process.off('exit', endProcess);
  });
  if (osThread === null) return;
  try {
    setPriority(osThread, LOWEST_PRIORITY);
  } catch {
    // It has ended just now.
  }
}

function endProcess(): void {
  process.kill(process.pid, 'SIGKILL');
}

/** Source: setpriority(2), which on Linux takes threads, too. */
const LOWEST_PRIORITY = 19;

/** The system's number of the thread that calls, where the system tells: on Linux. */
function osThreadOfCaller(): number | null {
  try {
    return Number(path.basename(readlinkSync('/proc/thread-self')));
  } catch {
    return null;
  }
}

/** The body of an internal error hides its text, which the caller's log still needs. */
function rebuild(body: ErrorBody, text: string): PictorError {
  return body.error.code === 'internal' ? new PictorError('internal', text) : errorFromBody(body);
}

/**
 * Inside a worker file: answers calls, one at a time, in order.
 * `handle` returns the answer and the buffers to move with it.
 */
export function answerCalls<Call>(
  handle: (call: Call) => Promise<{ readonly result: unknown; readonly transfer?: readonly ArrayBuffer[] }>,
): void {
  let last = Promise.resolve();
  const osThread = osThreadOfCaller();
  if (osThread !== null) parentPort?.postMessage({ osThread } satisfies Reply);
  parentPort?.on('message', (request: Request) => {
    if ('end' in request) process.exit();
    const { id, call } = request;
    last = last.then(async () => {
      try {
        const { result, transfer = [] } = await handle(call as Call);
        parentPort?.postMessage({ id, result } satisfies Reply, transfer);
      } catch (error) {
        const known = asPictorError(error);
        parentPort?.postMessage({ id, error: errorBody(known), text: known.message } satisfies Reply);
      }
    });
  });
}

/** Inside a worker file: says something that nobody asked for. */
export function sayEvent(event: unknown): void {
  parentPort?.postMessage({ event } satisfies Reply);
}
