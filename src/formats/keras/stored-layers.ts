/**
 * @file Finds the layers with weights in a Keras HDF5 file, whichever of Keras' layouts it has.
 *
 * | layout | written by | layers | tensors |
 * |---|---|---|---|
 * | legacy | `save_weights('x.h5')` of Keras 1 and 2, `model.save('x.h5')`, keras.applications | groups named by `layer_names` of the root, or of `model_weights` | datasets named by `weight_names` of the group |
 * | current | `save_weights('x.weights.h5')` of Keras 2.13 and later | groups that hold a group `vars`, named by class and number | `vars/0`, `vars/1`, … |
 *
 * Source: keras/src/legacy/saving/legacy_h5_format.py and keras/src/saving/saving_lib.py.
 */
import { PictorError } from '../../contracts/index.ts';
import type { Hdf5Attributes, Hdf5Contents, Hdf5Dataset } from '../hdf5/contents.ts';

export interface StoredTensor {
  /** As the file has it, such as `conv1/kernel:0` or `layers/conv2d/vars/0`; for messages. */
  readonly name: string;
  readonly dataset: Hdf5Dataset;
}

/** A layer that has weights. Its tensors are in Keras' order: what is learnt first, then moving averages. */
export interface StoredLayer {
  /** The layer's name in Keras; null where the file does not keep it. */
  readonly name: string | null;
  /** Class and number among the layers of its class, such as `conv2d` (0); null in the legacy layout. */
  readonly kind: { readonly className: string; readonly index: number } | null;
  readonly tensors: readonly StoredTensor[];
  /**
   * Where it is in the model: keys by class and number in the current layout, `functional`, `conv2d_1`; in the legacy one the
   * name of the model's own layer that it is in, or is.
   */
  readonly path: readonly string[];
}

/** In the order of the model's layers in the legacy layout; the current one keeps no order beyond `kind`. */
export function storedLayers(contents: Hdf5Contents, fileName: string): StoredLayer[] {
  const layers = legacyLayers(contents, fileName) ?? currentLayers(contents);
  if (layers.length === 0) {
    const top = [...contents.groups.keys()].filter((path) => path.lastIndexOf('/') === 0 && path !== '/').slice(0, 10);
    throw new PictorError(
      'model_file_invalid',
      `${fileName} is an HDF5 file without Keras weights: neither layer_names nor layers/…/vars are in it` +
        ` (its groups: ${top.join(', ') || 'none'}).`,
      { fix: 'Save the weights with model.save_weights("NAME.weights.h5"), or the model with model.save("NAME.h5").' },
    );
  }
  return layers;
}

function legacyLayers({ groups, datasets }: Hdf5Contents, fileName: string): StoredLayer[] | null {
  const root = ['/model_weights', '/'].find((path) => {
    const attributes = groups.get(path);
    return attributes !== undefined && textList(attributes, 'layer_names') !== null;
  });
  if (root === undefined) return null;
  const base = root === '/' ? '' : root;
  const names = textList(groups.get(root) as Hdf5Attributes, 'layer_names') ?? [];
  return names.flatMap((name) => {
    const group = `${base}/${name}`;
    const attributes = groups.get(group);
    if (!attributes) throw incomplete(fileName, `layer "${name}" that its list of layers names`);
    // An empty list is no list of texts.
    const weightNames = textList(attributes, 'weight_names') ?? [];
    const tensors = weightNames.filter(isLearnt).map((weight): StoredTensor => {
      const dataset = datasets.get(`${group}/${weight}`);
      if (!dataset) throw incomplete(fileName, `weight "${weight}" that layer "${name}" names`);
      return { name: weight, dataset };
    });
    return splitNested(name, tensors).map((layer) => ({ ...layer, path: [name] }));
  });
}

/**
 * A model inside the model is one group with the weights of all its layers, whose names tell them apart:
 * `conv1/kernel:0`, `bn1/gamma:0`. Moving averages come after everything that is learnt, so layers are not contiguous.
 */
function splitNested(name: string, tensors: readonly StoredTensor[]): Omit<StoredLayer, 'path'>[] {
  const byOwner = new Map<string, StoredTensor[]>();
  for (const tensor of tensors) {
    const owner = tensor.name.split('/').slice(0, -1).join('/');
    byOwner.set(owner, [...(byOwner.get(owner) ?? []), tensor]);
  }
  if (byOwner.size === 0) return [];
  if (byOwner.size === 1) return [{ name, kind: null, tensors }];
  return [...byOwner].map(([owner, own]) => ({ name: owner.split('/').at(-1) ?? owner, kind: null, tensors: own }));
}

/** Lists of layers, as versions of Keras named them. */
const CONTAINERS: ReadonlySet<string> = new Set(['layers', '_layer_checkpoint_dependencies', '_functional']);

function currentLayers({ groups, datasets }: Hdf5Contents): StoredLayer[] {
  const layers: StoredLayer[] = [];
  for (const [path, attributes] of groups) {
    // The optimizer has its own `vars`, and so have generators of random numbers.
    if (!path.endsWith('/vars') || path.startsWith('/optimizer/') || /\/seed_generator(_\d+)?\/vars$/.test(path))
      continue;
    const tensors: StoredTensor[] = [];
    for (let index = 0; ; index++) {
      const dataset = datasets.get(`${path}/${index}`);
      if (!dataset) break;
      tensors.push({ name: dataset.path.slice(1), dataset });
    }
    if (tensors.length === 0) continue;
    const key = path.split('/').at(-2) ?? '';
    const [, className, index] = /^(.*?)(?:_(\d+))?$/.exec(key) ?? [];
    const kind = { className: className ?? key, index: Number(index ?? 0) };
    const keys = path
      .split('/')
      .filter((part, at, parts) => at < parts.length - 1 && part !== '' && !CONTAINERS.has(part));
    layers.push({ name: attributes.get('name')?.[0] ?? null, kind, tensors, path: keys });
  }
  return layers;
}

/** Lists that are too long for one attribute go on in `NAME0`, `NAME1`, … */
function textList(attributes: Hdf5Attributes, name: string): readonly string[] | null {
  const whole = attributes.get(name);
  if (whole) return whole;
  const parts: string[] = [];
  let chunk = 0;
  for (let part = attributes.get(`${name}0`); part; part = attributes.get(`${name}${++chunk}`)) parts.push(...part);
  return chunk === 0 ? null : parts;
}

function isLearnt(weight: string): boolean {
  return !weight.includes('seed_generator');
}

function incomplete(fileName: string, what: string): PictorError {
  return new PictorError('model_file_invalid', `${fileName} is incomplete: the ${what} is not in it.`);
}
