/** @file One watch of runs, datasets and models for all open pages. */
import type { FastifyReply } from 'fastify';
import type { DatasetRecord, RunRecord } from '../contracts/index.ts';
import type { DatasetService, RunService } from '../jobs/index.ts';
import type { ModelRegistry, RegistryEvent } from '../registry/index.ts';
import { EventStream } from './event-stream.ts';

/** `key` tells what changed: of several changes of one key only the last matters. */
export interface HubEvent {
  readonly name: 'run' | 'dataset' | 'model';
  readonly key: string;
  readonly data: RunRecord | DatasetRecord | RegistryEvent | { readonly id: string; readonly deleted: true };
}

export type HubListener = (event: HubEvent) => void;

export interface HubSources {
  readonly runs: Pick<RunService, 'watch'>;
  readonly datasets: Pick<DatasetService, 'watch'>;
  readonly registry: Pick<ModelRegistry, 'watch'>;
}

export class EventHub {
  readonly #listeners = new Set<HubListener>();
  readonly #streams = new Set<EventStream>();
  readonly #stops: (() => void)[] = [];

  async start({ runs, datasets, registry }: HubSources): Promise<void> {
    const gone = (id: string) => ({ id, deleted: true }) as const;
    this.#stops.push(
      await runs.watch(({ id, run }) => this.#say({ name: 'run', key: id, data: run ?? gone(id) })),
      await datasets.watch(({ id, dataset }) => this.#say({ name: 'dataset', key: id, data: dataset ?? gone(id) })),
      registry.watch((event) => this.#say({ name: 'model', key: `${event.name}/${event.version}`, data: event })),
    );
  }

  subscribe(listener: HubListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Turns the answer into a stream of events, which ends when the page goes or the server closes. */
  openStream(reply: FastifyReply): EventStream {
    const stream = new EventStream(reply);
    this.#streams.add(stream);
    stream.onClose(() => this.#streams.delete(stream));
    return stream;
  }

  stop(): void {
    for (const stop of this.#stops.splice(0)) stop();
    this.#listeners.clear();
    for (const stream of [...this.#streams]) stream.end();
  }

  #say(event: HubEvent): void {
    for (const listener of [...this.#listeners]) listener(event);
  }
}
