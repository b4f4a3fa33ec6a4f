/** @file The registry as a source: every version that is published, by any process, and what promotion says of them. */
import type { ModelRouting } from '../../contracts/index.ts';
import type { ModelRegistry, RegistryEvent } from '../../registry/index.ts';
import { openPublished } from '../servable/open-servable.ts';
import type { ModelManager } from './model-manager.ts';
import { type ModelRules, routingMaps } from './served-model.ts';

/** As TensorFlow Serving's `--max_num_load_retries`. */
const MAX_LOAD_RETRIES = 5;
const FIRST_RETRY_MS = 1_000;

const RULES: ModelRules = {
  loading: 'newest',
  preserves: false,
  keepsEnded: false,
  // Its files may still be on their way, when somebody copies a version by hand.
  retryMs: (attempt) => (attempt < MAX_LOAD_RETRIES ? FIRST_RETRY_MS * 2 ** attempt : null),
};

export class RegistrySource {
  readonly #registry: ModelRegistry;
  readonly #manager: ModelManager;
  readonly #changed = new Set<string>();
  /** Also of models whose versions are not known yet. */
  readonly #routings = new Map<string, ModelRouting>();
  #unwatch: (() => void)[] = [];

  constructor(registry: ModelRegistry, manager: ModelManager) {
    this.#registry = registry;
    this.#manager = manager;
  }

  /** Resolves when everything in the registry is known. The newest version of each model is loaded soon after. */
  async start(): Promise<void> {
    this.#unwatch = [
      this.#registry.watch((event) => this.#onEvent(event)),
      this.#registry.watchRouting((name, routing) => {
        this.#routings.set(name, routing);
        this.#route(name);
        if (isPlain(routing)) this.#routings.delete(name);
      }),
    ];
    await this.#registry.refresh();
    // Behind the look at what changed.
    await new Promise((resolve) => setImmediate(resolve));
  }

  async refresh(): Promise<void> {
    await this.#registry.refresh();
  }

  stop(): void {
    for (const unwatch of this.#unwatch.splice(0)) unwatch();
  }

  #onEvent({ kind, name, version }: RegistryEvent): void {
    if (kind === 'removed') this.#manager.removeVersion(name, version);
    else {
      this.#manager.addVersion(name, { version, open: () => openPublished(this.#registry, name, version) }, RULES);
      this.#route(name);
    }
    // At the start every version is told, one by one: look at the model when all were.
    if (this.#changed.size === 0) {
      setImmediate(() => {
        this.#manager.reconcile(this.#changed);
        this.#changed.clear();
      });
    }
    this.#changed.add(name);
  }

  #route(name: string): void {
    const routing = this.#routings.get(name);
    if (!routing) return;
    const { labels, split } = routingMaps(routing);
    this.#manager.model(name)?.setRouting(labels, split);
  }
}

/** As a model has it that nobody promoted, and one that is gone. */
function isPlain({ labels, split }: ModelRouting): boolean {
  return split === null && Object.keys(labels).length === 0;
}
