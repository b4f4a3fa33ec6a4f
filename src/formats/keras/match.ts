/** @file Pairs the layers of a Keras file with those of a network: by name, else by order. */
import { sameShape, type WeightDifference } from '../weights-match.ts';
import type { KerasLayer, KerasParameter } from './layouts.ts';
import type { StoredLayer, StoredTensor } from './stored-layers.ts';

export interface Match {
  readonly pairs: readonly { readonly parameter: KerasParameter; readonly tensor: StoredTensor }[];
  /** Parameters of the head that the file has not, or for another number of classes. */
  readonly fresh: readonly string[];
  /** Layers of the file's own head, which this network has not. */
  readonly unused: readonly string[];
  readonly differences: readonly WeightDifference[];
}

/**
 * @param isHead whether a layer of the network belongs to its head, which may differ from the file's
 */
export function matchLayers(
  layers: readonly KerasLayer[],
  stored: readonly StoredLayer[],
  isHead: (layer: string) => boolean,
): Match {
  const counterparts = pair(layers, stored, isHead);
  const pairs: { parameter: KerasParameter; tensor: StoredTensor }[] = [];
  const fresh: string[] = [];
  const differences: WeightDifference[] = [];
  for (const layer of layers) {
    const tensors = counterparts.get(layer)?.tensors ?? [];
    const own = layer.parameters.map((parameter, index) => ({
      parameter,
      tensor: tensors[index] as StoredTensor | undefined,
    }));
    const fits =
      tensors.length === own.length &&
      own.every(({ parameter, tensor }) => tensor && sameShape(parameter.shape, tensor.dataset.shape));
    if (!fits && isHead(layer.name)) {
      fresh.push(...own.map(({ parameter }) => parameter.name));
      continue;
    }
    for (const { parameter, tensor } of own) {
      if (tensor && sameShape(parameter.shape, tensor.dataset.shape)) pairs.push({ parameter, tensor });
      else differences.push({ name: parameter.name, expected: parameter.shape, found: tensor?.dataset.shape ?? null });
    }
    for (const tensor of tensors.slice(own.length)) differences.push(unexpected(tensor));
  }
  const used = new Set(counterparts.values());
  const rest = stored.filter((layer) => !used.has(layer));
  const unused = rest.filter(isDense);
  for (const layer of rest) if (!isDense(layer)) differences.push(...layer.tensors.map(unexpected));
  return { pairs, fresh, unused: unused.map(labelOf), differences };
}

type Counterparts = ReadonlyMap<KerasLayer, StoredLayer>;

/** Names decide where most are the same; Keras' automatic ones (`conv2d_7`) depend on what was made before. */
function pair(
  layers: readonly KerasLayer[],
  stored: readonly StoredLayer[],
  isHead: (layer: string) => boolean,
): Counterparts {
  const named = byName(layers, stored);
  const ordered = stored.every(({ kind }) => kind !== null) ? byKind(layers, stored) : byOrder(layers, stored);
  const body = layers.filter(({ name }) => !isHead(name));
  const fitting = (counterparts: Counterparts) =>
    body.filter((layer) => fitsAll(layer, counterparts.get(layer))).length;
  return fitting(ordered) > fitting(named) ? ordered : named;
}

function fitsAll({ parameters }: KerasLayer, stored: StoredLayer | undefined): boolean {
  return (
    stored?.tensors.length === parameters.length &&
    parameters.every(({ shape }, index) => sameShape(shape, stored.tensors[index].dataset.shape))
  );
}

function byName(layers: readonly KerasLayer[], stored: readonly StoredLayer[]): Counterparts {
  const names = new Map(stored.map((layer) => [layer.name, layer]));
  return collect(layers, ({ name }) => names.get(name));
}

function byOrder(layers: readonly KerasLayer[], stored: readonly StoredLayer[]): Counterparts {
  return collect(layers, (_, index) => stored[index]);
}

/** Without names, files say the class of a layer and its number among those of its class. */
function byKind(layers: readonly KerasLayer[], stored: readonly StoredLayer[]): Counterparts {
  const key = (className: string, index: number) => `${className} ${index}`;
  // Numbers count layers without weights, too, and begin anew in a model inside the model: only their order counts.
  const inOrder = [...stored].sort((a, b) => (a.kind?.index ?? 0) - (b.kind?.index ?? 0));
  const kinds = new Map<string, StoredLayer>();
  const counts = new Map<string, number>();
  const next = (className: string) => {
    const count = counts.get(className) ?? 0;
    counts.set(className, count + 1);
    return key(className, count);
  };
  for (const layer of inOrder) kinds.set(next(layer.kind?.className ?? ''), layer);
  counts.clear();
  return collect(layers, ({ className }) => kinds.get(next(className)));
}

function collect(
  layers: readonly KerasLayer[],
  find: (layer: KerasLayer, index: number) => StoredLayer | undefined,
): Counterparts {
  const found = new Map<KerasLayer, StoredLayer>();
  layers.forEach((layer, index) => {
    const counterpart = find(layer, index);
    if (counterpart) found.set(layer, counterpart);
  });
  return found;
}

function unexpected({ name, dataset }: StoredTensor): WeightDifference {
  return { name, expected: null, found: dataset.shape };
}

/** Heads are made of Dense layers: a kernel `[in, out]`, mostly with a bias `[out]`. */
function isDense({ tensors }: StoredLayer): boolean {
  return tensors.length <= 2 && tensors[0].dataset.shape.length === 2;
}

function labelOf({ name, tensors }: StoredLayer): string {
  return name ?? tensors[0].name;
}
