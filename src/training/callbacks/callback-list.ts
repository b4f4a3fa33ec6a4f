/** @file Calls the hooks of all callbacks, in their order; one that throws fails the training under its name. */
import { PictorError } from '../../contracts/index.ts';
import type { Callback, Training } from './callback.ts';

type Hook = {
  [K in keyof Callback]-?: K extends `on${string}` ? K : never;
}[keyof Callback];
type Arguments<H extends Hook> =
  Parameters<NonNullable<Callback[H]>> extends [...infer First, Training] ? First : never;

export class CallbackList {
  readonly #callbacks: readonly Callback[];

  /** @throws `callback_failed` when two have the same name */
  constructor(callbacks: readonly Callback[]) {
    this.#callbacks = callbacks;
    const names = callbacks.map(({ name }) => name);
    const twice = names.find((name, i) => names.indexOf(name) !== i);
    if (twice !== undefined) {
      throw new PictorError('callback_failed', `Two callbacks are named "${twice}".`, {
        fix: 'Give each callback of a training its own name.',
      });
    }
  }

  has(hook: Hook): boolean {
    return this.#callbacks.some((callback) => callback[hook]);
  }

  /** The step before which somebody wants to be called next: after `step` steps of `steps`. */
  nextBatch(step: number, steps: number): number {
    const stops = this.#callbacks
      .filter((callback) => callback.onTrainBatchBegin || callback.onTrainBatchEnd)
      .map(({ batchEvery = 1 }) => (Math.floor(step / batchEvery) + 1) * batchEvery);
    return Math.min(steps, ...stops);
  }

  async call<H extends Hook>(hook: H, training: Training, ...args: Arguments<H>): Promise<void> {
    for (const callback of this.#callbacks) await run(callback, hook, training, args);
  }

  /** Before the step after `step`. */
  async batchBegin(step: number, training: Training): Promise<void> {
    for (const callback of this.#callbacks) {
      if (step % (callback.batchEvery ?? 1) === 0) await run(callback, 'onTrainBatchBegin', training, [step + 1]);
    }
  }

  /** After step `step`. */
  async batchEnd(step: number, training: Training, logs: Arguments<'onTrainBatchEnd'>[1]): Promise<void> {
    for (const callback of this.#callbacks) {
      const due = step % (callback.batchEvery ?? 1) === 0 || step === training.steps;
      if (due) await run(callback, 'onTrainBatchEnd', training, [step, logs]);
    }
  }

  /** By name, of those that have one. */
  states(): Record<string, unknown> {
    return Object.fromEntries(
      this.#callbacks.flatMap((callback) => (callback.state ? [[callback.name, callback.state()]] : [])),
    );
  }

  restore(states: Readonly<Record<string, unknown>>): void {
    for (const callback of this.#callbacks) {
      if (callback.restore && Object.hasOwn(states, callback.name)) callback.restore(states[callback.name]);
    }
  }
}

async function run<H extends Hook>(callback: Callback, hook: H, training: Training, args: Arguments<H>): Promise<void> {
  const method = callback[hook] as ((...all: unknown[]) => Promise<void> | void) | undefined;
  if (!method) return;
  try {
    await method.call(callback, ...args, training);
  } catch (cause) {
    const text = cause instanceof Error ? cause.message : String(cause);
    throw new PictorError('callback_failed', `The callback "${callback.name}" failed in ${hook}: ${text}`, {
      cause,
      details: { callback: callback.name, hook },
    });
  }
}
