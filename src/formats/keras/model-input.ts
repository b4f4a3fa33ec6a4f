/** @file What a Keras model takes, as the picture of a network and the nodes that make of it what the model takes. */
import { type ImageShape, type LayerNode, PictorError } from '../../contracts/index.ts';
import type { ReadOptions } from '../imported-model.ts';
import { badConfig, shown, textOf } from './config/fields.ts';
import type { LayerConfig, ModelConfig } from './config/model-config.ts';
import { inputShape } from './config/parse-model.ts';
import { SAVED_MODEL_FIX } from './layers/unsupported.ts';

export interface ModelInput {
  /** Of the model's input layer. */
  readonly name: string;
  readonly image: ImageShape;
  /** Between the picture and the model. */
  readonly before: readonly LayerNode[];
  /** Of one picture in the model's own signature, where it is not `[height, width, channels]`. */
  readonly shape?: readonly number[];
  readonly warnings: readonly string[];
}

/** @throws `model_unsupported` for several inputs, for what is no picture, and for a size that nobody tells */
export function modelInput(model: ModelConfig, known: ReadOptions['image'] = {}): ModelInput {
  const [layer] = inputLayers(model);
  const shape = inputShape(layer);
  if (!shape) throw badConfig(`its input layer "${layer.name}" has no shape`);
  const dtype = textOf(layer.config.dtype) ?? 'float32';
  const warnings =
    dtype === 'float32' ? [] : [`Input "${layer.name}" is ${dtype} in the file; here its numbers are float32.`];
  return { name: layer.name, warnings, ...pictureOf(layer, shape.slice(1), known) };
}

function inputLayers(model: ModelConfig): readonly LayerConfig[] {
  const { inputs, outputs, layers } = model;
  for (const [what, refs] of [
    ['inputs', inputs],
    ['outputs', outputs],
  ] as const) {
    if (refs.length === 1) continue;
    const names = refs.map(({ layer }) => `"${layer}"`).join(', ');
    throw new PictorError('model_unsupported', `The model has ${refs.length} ${what}: ${names}; one was expected.`, {
      fix: SAVED_MODEL_FIX,
    });
  }
  const layer = layers.find(({ name }) => name === inputs[0].layer);
  if (!layer) throw badConfig(`its input "${inputs[0].layer}" is none of its layers`);
  return [layer];
}

type Picture = Pick<ModelInput, 'image' | 'before' | 'shape'>;

function pictureOf(layer: LayerConfig, sides: readonly unknown[], known: Partial<ImageShape>): Picture {
  const told = [known.height, known.width, known.channels];
  const sizes = sides.map((side, axis) => sizeOf(layer, side, sides.length === 1 ? undefined : told[axis]));
  if (sizes.length === 3) return { image: imageOf(layer, sizes[0], sizes[1], sizes[2]), before: [] };
  if (sizes.length === 2) {
    const before = [{ name: 'picture', layer: 'Reshape', config: { targetShape: sizes }, inputs: ['input'] } as const];
    return { image: imageOf(layer, sizes[0], sizes[1], 1), before, shape: sizes };
  }
  if (sizes.length === 1) {
    const before = [{ name: 'picture', layer: 'Flatten', config: {}, inputs: ['input'] } as const];
    return { image: rowImage(layer, sizes[0], known), before, shape: sizes };
  }
  throw refuse(layer, `takes [${sides.join(', ')}] for each sample, which is no picture`);
}

function sizeOf(layer: LayerConfig, side: unknown, told: number | undefined): number {
  const size = side === null || side === undefined ? told : side;
  if (size === undefined) {
    throw new PictorError(
      'model_unsupported',
      `The model takes pictures of any size (input "${layer.name}"); a network of Pictor has one.`,
      { fix: 'Say the size that it was trained with: --image-size HEIGHTxWIDTH.' },
    );
  }
  if (Number.isInteger(size) && (size as number) >= 1) return size as number;
  throw badConfig(`its input layer "${layer.name}" has a side of ${shown(side)}`);
}

function imageOf(layer: LayerConfig, height: number, width: number, channels: number): ImageShape {
  if (channels === 1 || channels === 3) return { height, width, channels };
  const what = height === 1 || height === 3 ? 'it seems to take channels first' : 'pictures have 1 or 3';
  throw refuse(layer, `takes [${height}, ${width}, ${channels}], so ${channels} channels; ${what}`);
}

/** A row of numbers is taken for a square picture, grey or in colour, where it can be one. */
function rowImage(layer: LayerConfig, count: number, known: Partial<ImageShape>): ImageShape {
  if (known.height !== undefined && known.width !== undefined) {
    const channels = count / (known.height * known.width);
    if (channels === 1 || channels === 3) return { height: known.height, width: known.width, channels };
    throw refuse(layer, `takes ${count} numbers, which ${known.height} x ${known.width} pixels are not`);
  }
  for (const channels of [1, 3] as const) {
    const side = Math.sqrt(count / channels);
    if (Number.isInteger(side)) return { height: side, width: side, channels };
  }
  return { height: 1, width: count, channels: 1 };
}

function refuse(layer: LayerConfig, what: string): PictorError {
  return new PictorError('model_unsupported', `Input "${layer.name}" ${what}.`, { fix: SAVED_MODEL_FIX });
}
