/** @file Networks as layers applied to values: branches, merges, layers that are used several times. */
import { type ImageShape, type LayerNode, type NetworkSpec, PictorError } from '../../contracts/index.ts';
import { AUTOMATIC_NAMES, type Layer } from './layer.ts';
import { keepPlace } from './places.ts';
import { NETWORK_INPUT, resolveNetwork } from './resolve.ts';

/** What a layer gives, or the picture: something that other layers take. */
export class NetworkValue {
  /** Null for the picture. */
  readonly layer: Layer | null;
  readonly inputs: readonly NetworkValue[];
  /** Size of the picture that it is computed from. */
  readonly image: ImageShape;

  constructor(layer: Layer | null, inputs: readonly NetworkValue[], image: ImageShape) {
    this.layer = layer;
    this.inputs = inputs;
    this.image = image;
  }

  /** Layers of one input, one after the other. */
  through(...layers: readonly Layer[]): NetworkValue {
    return layers.reduce<NetworkValue>((value, layer) => apply(layer, value), this);
  }
}

/** The picture that a network takes: pixels 0..255, so a `rescaling` mostly comes next. */
export function input(image: ImageShape): NetworkValue {
  return new NetworkValue(null, [], image);
}

/**
 * What a layer makes of a value, or of several: `apply(add(), [left, right])`. The same layer applied again has the
 * same weights. Shapes are checked when the network is made.
 */
export function apply(layer: Layer, inputs: NetworkValue | readonly NetworkValue[]): NetworkValue {
  const values = inputs instanceof NetworkValue ? [inputs] : inputs;
  if (values.length === 0) {
    throw new PictorError(
      'network_invalid',
      `Layer ${layer.layer} was applied to no value; at least one was expected.`,
    );
  }
  return new NetworkValue(layer, values, values[0].image);
}

/**
 * The network that gives `output`, from the layers that it is computed with. Layers without a name get Keras' names:
 * `conv2d`, `conv2d_1`, …, in the order in which they are needed; further uses of a layer are named `conv2d_use2`, ….
 *
 * @param output the logits `[classes]`, without softmax
 * @throws `network_invalid`, naming the layer and the shapes
 * @example
 * const picture = input({ height: 32, width: 32, channels: 3 });
 * const start = picture.through(rescaling({ scale: 1 / 255 }), conv2d({ filters: 8, kernelSize: 3, padding: 'same' }));
 * const branch = start.through(batchNormalization(), conv2d({ filters: 8, kernelSize: 3, padding: 'same' }));
 * functional('residual', apply(add(), [start, branch]).through(flatten(), dense({ units: 10 })));
 */
export function functional(name: string, output: NetworkValue): NetworkSpec {
  const values = inOrder(output);
  const pictures = values.filter(({ layer }) => layer === null);
  if (pictures.length > 1) {
    throw new PictorError(
      'network_invalid',
      `Network "${name}" is computed from ${pictures.length} inputs; one was expected.`,
      { fix: 'Call input() once, and let every branch start from its value.' },
    );
  }
  const names = nameValues(values);
  const owners = new Map<Layer, string>();
  const nodes = values.flatMap((value): LayerNode[] => {
    if (value.layer === null) return [];
    const { layer, config, trainable } = value.layer;
    const own = names.get(value) as string;
    const owner = owners.get(value.layer);
    owners.set(value.layer, owner ?? own);
    const node = {
      name: own,
      layer,
      config,
      inputs: value.inputs.map((taken) => names.get(taken) as string),
      ...(owner === undefined && trainable !== undefined ? { trainable } : {}),
      ...(owner === undefined ? {} : { weightsOf: owner }),
    };
    keepPlace(value.layer, node);
    return [node as LayerNode];
  });
  const spec: NetworkSpec = { name, input: output.image, nodes, output: names.get(output) as string };
  resolveNetwork(spec);
  return spec;
}

/** Everything that a value is computed from, and itself: inputs before what takes them, each once. */
function inOrder(output: NetworkValue): NetworkValue[] {
  const done = new Set<NetworkValue>();
  const open = [output];
  while (open.length > 0) {
    const value = open[open.length - 1];
    const missing = value.inputs.filter((taken) => !done.has(taken));
    if (missing.length === 0) {
      done.add(value);
      open.pop();
    } else {
      open.push(...missing.toReversed());
    }
  }
  return [...done];
}

function nameValues(values: readonly NetworkValue[]): Map<NetworkValue, string> {
  const given = new Set(values.map(({ layer }) => layer?.name));
  const counts = new Map<string, number>();
  const uses = new Map<Layer, { readonly name: string; count: number }>();
  const automatic = (base: string): string => {
    const count = counts.get(base) ?? 0;
    counts.set(base, count + 1);
    const name = count === 0 ? base : `${base}_${count}`;
    return given.has(name) ? automatic(base) : name;
  };
  return new Map(
    values.map((value): [NetworkValue, string] => {
      if (value.layer === null) return [value, NETWORK_INPUT];
      const known = uses.get(value.layer);
      if (known) return [value, `${known.name}_use${++known.count}`];
      const name = value.layer.name ?? automatic(AUTOMATIC_NAMES[value.layer.layer]);
      uses.set(value.layer, { name, count: 1 });
      return [value, name];
    }),
  );
}
