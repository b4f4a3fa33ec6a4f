/** @file The thread of a user's file, as its owner sees it: one question at a time, and an end at any time. */
import { Worker } from 'node:worker_threads';
import { errorFromBody, type PictorError } from '../../contracts/index.ts';
import { workerFile } from '../../runtime/index.ts';
import type { NetworkFileAnswer, NetworkFileCall } from './network-worker.ts';
import { errorAt, placeInStack } from './place.ts';

const OWN = new URL('../../', import.meta.url).href;

/** Does not load the runtime, which has no part in it and takes its time. */
export class NetworkThread {
  readonly #file: string;
  readonly #worker: Worker;
  #answer: (answer: NetworkFileAnswer) => void = () => {};
  #fail: (reason: unknown) => void = () => {};
  #dead: PictorError | null = null;

  constructor(file: string) {
    this.#file = file;
    this.#worker = new Worker(workerFile('./network-worker', import.meta.url), { workerData: { file } });
    this.#worker.on('message', (answer: NetworkFileAnswer) => this.#answer(answer));
    this.#worker.on('error', (error) => this.#die(this.#thrownOutside(error)));
    this.#worker.on('exit', () => this.#die(this.#error('The file ended the process.')));
  }

  /**
   * @param signal ends the thread, and the wait
   * @throws what the thread answers; `network_file_failed` when it ends without an answer
   */
  async ask<Result>(call: NetworkFileCall, signal?: AbortSignal): Promise<Result> {
    signal?.throwIfAborted();
    if (this.#dead) throw this.#dead;
    const leave = () => {
      this.#fail(signal?.reason);
      void this.end();
    };
    signal?.addEventListener('abort', leave);
    try {
      const answered = new Promise<NetworkFileAnswer>((resolve, reject) => {
        this.#answer = resolve;
        this.#fail = reject;
      });
      this.#worker.postMessage(call);
      const answer = await answered;
      if ('error' in answer) throw errorFromBody(answer);
      return answer.result as Result;
    } finally {
      signal?.removeEventListener('abort', leave);
    }
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }

  #die(reason: PictorError): void {
    this.#dead ??= reason;
    this.#fail(this.#dead);
  }

  /** By a timer, or by a promise that nobody waits for. */
  #thrownOutside(error: unknown): PictorError {
    const { name, message, stack = '' } = error instanceof Error ? error : new Error(String(error));
    return this.#error(`${name}: ${message}`, stack);
  }

  #error(message: string, stack = ''): PictorError {
    return errorAt(placeInStack(stack, OWN) ?? { file: this.#file }, 'network_file_failed', message);
  }
}
