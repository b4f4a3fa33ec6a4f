/** @file Finds the weights of each layer of a model among those that its file stores. */
import type { LayerConfig, ModelConfig } from './config/model-config.ts';
import { isOperation } from './layers/operations.ts';
import { snakeCaseClass } from './layouts.ts';
import type { StoredLayer } from './stored-layers.ts';
import type { LayerPath } from './to-network.ts';

export interface StoredWeights {
  /** Null when the file has none for it. */
  find(path: LayerPath): StoredLayer | null;
}

interface Leaf {
  readonly path: LayerPath;
  /** As the current layout names it. */
  readonly keys: readonly string[];
}

export function storedWeights(model: ModelConfig, stored: readonly StoredLayer[]): StoredWeights {
  const leaves = leavesOf(model);
  const isCurrent = stored.some(({ kind }) => kind !== null);
  const found = isCurrent ? byKeys(leaves, stored) : byNames(leaves, stored);
  return { find: (path) => found.get(idOf(path)) ?? null };
}

/** Layers that are no models, in the file's order. */
function leavesOf(model: ModelConfig, path: LayerPath = [], keys: readonly string[] = []): Leaf[] {
  const counts = new Map<string, number>();
  return model.layers.flatMap((layer) => {
    const name = snakeCaseClass(classOf(layer));
    const count = counts.get(name) ?? 0;
    // Keras lists layers; operations with a layer's name, such as Add, are not among them.
    if (!isOperation(layer)) counts.set(name, count + 1);
    const own: Leaf = { path: [...path, layer.name], keys: [...keys, count === 0 ? name : `${name}_${count}`] };
    return layer.model ? leavesOf(layer.model, own.path, own.keys) : [own];
  });
}

function classOf({ className, model }: LayerConfig): string {
  return className === 'Model' && model ? 'Functional' : className;
}

type Found = ReadonlyMap<string, StoredLayer>;

function byKeys(leaves: readonly Leaf[], stored: readonly StoredLayer[]): Found {
  const byPath = new Map(stored.map((layer) => [idOf(layer.path), layer]));
  const found = new Map<string, StoredLayer>();
  for (const { path, keys } of leaves) {
    const layer = byPath.get(idOf(keys));
    if (layer) found.set(idOf(path), layer);
  }
  return found;
}

/**
 * In the legacy layout a model in the model is one list of weights, whose names tell the layers apart, and whose order tells
 * which of two with one name it is.
 */
function byNames(leaves: readonly Leaf[], stored: readonly StoredLayer[]): Found {
  const found = new Map<string, StoredLayer>();
  for (const [group, layers] of groupBy(stored, ({ path }) => path[0] ?? '')) {
    const own = leaves.filter(({ path }) => group === '' || path[0] === group);
    if (own.length === 1) {
      found.set(idOf(own[0].path), layers[0]);
      continue;
    }
    const named = groupBy(layers, ({ name }) => name ?? '');
    for (const [name, sameName] of groupBy(own, ({ path }) => path.at(-1) ?? '')) {
      const candidates = named.get(name) ?? [];
      sameName.forEach(({ path }, index) => {
        if (index < candidates.length) found.set(idOf(path), candidates[index]);
      });
    }
    // One layer with weights in a model: its weights have the model's name.
    if (layers.length === 1) for (const { path } of own) found.set(idOf(path), layers[0]);
  }
  return found;
}

function groupBy<Item>(items: readonly Item[], key: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) groups.set(key(item), [...(groups.get(key(item)) ?? []), item]);
  return groups;
}

function idOf(path: readonly string[]): string {
  return JSON.stringify(path);
}
