/** @file Runs any model that was read on pictures, to compare its answers. */
import type { ImageShape, InputRange, PictureSignature } from '../../contracts/index.ts';
import { compileInference } from '../../nn/index.ts';
import { openSession, type Tensor } from '../../runtime/index.ts';
import { findPictureSignature } from '../import/picture-signature.ts';
import type { ImportedModel } from '../imported-model.ts';

export interface PictureBatch {
  /** `[count, height, width, channels]`, whole numbers 0..255. */
  readonly data: Float32Array;
  readonly count: number;
  readonly image: ImageShape;
}

export interface Answers {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Output of a graph that was compiled here: `output_0`, or `layer:NAME`. */
export async function runCompiled(
  graph: Uint8Array,
  pictures: PictureBatch,
  range: InputRange,
  output = 'output_0',
): Promise<Answers> {
  const { height, width, channels } = pictures.image;
  return runGraph(graph, 'input_tensor', output, {
    type: 'float32',
    shape: [pictures.count, height, width, channels],
    data: inRange(pictures.data, range),
  });
}

/**
 * @param range what the numbers of its input mean, where the file does not tell
 * @param asked which signature, when it is not the one that pictures mostly go through
 * @returns null when it has no signature for pictures
 */
export async function runImported(
  model: ImportedModel,
  pictures: PictureBatch,
  range: InputRange,
  asked?: PictureSignature,
): Promise<Answers | null> {
  if (model.network) {
    return runCompiled(compileInference(model.network.spec, model.network.weights), pictures, range);
  }
  const found = findPictureSignature(model.signatures, pictures.image);
  const signature = asked ?? found?.signature;
  const chosen = signature === undefined ? undefined : model.signatures[signature.name];
  if (!signature || !chosen) return null;
  const [input, output] = [chosen.inputs[signature.input], chosen.outputs[signature.output]];
  if (!input || !output) return null;
  const isFirst = found?.layout === 'channelsFirst' || model.inputLayout === 'channelsFirst';
  const { height, width, channels } = pictures.image;
  const shape = isFirst
    ? [pictures.count, channels, height, width]
    : shapeFor(input.shape, [pictures.count, height, width, channels]);
  const ordered = isFirst ? channelsFirst(pictures) : pictures.data;
  const tensor: Tensor =
    input.dtype === 'DT_UINT8'
      ? { type: 'uint8', shape, data: Uint8Array.from(ordered) }
      : { type: 'float32', shape, data: inRange(ordered, range) };
  return runGraph(model.graphs[chosen.graph], input.node, output.node, tensor);
}

/** Rows and pictures without an axis for channels hold the same numbers. */
function shapeFor(wanted: readonly number[] | null, [count, ...sides]: readonly number[]): readonly number[] {
  if (wanted?.length === 2) return [count, sides.reduce((product, side) => product * side, 1)];
  return wanted?.length === 3 ? [count, sides[0], sides[1]] : [count, ...sides];
}

async function runGraph(graph: Uint8Array, input: string, output: string, tensor: Tensor): Promise<Answers> {
  const session = await openSession(graph);
  try {
    const [[, answer]] = await session.runNamed([[input, tensor]], [output]);
    return { shape: answer.shape, data: Float32Array.from(answer.data as ArrayLike<number>) };
  } finally {
    await session.close();
  }
}

function inRange(data: Float32Array, range: InputRange): Float32Array {
  if (range === '0..255') return data;
  return range === '0..1' ? data.map((value) => value / 255) : data.map((value) => value / 127.5 - 1);
}

function channelsFirst({ data, count, image: { height, width, channels } }: PictureBatch): Float32Array {
  const turned = new Float32Array(data.length);
  const pixels = height * width;
  for (let index = 0; index < count; index++) {
    for (let pixel = 0; pixel < pixels; pixel++) {
      for (let channel = 0; channel < channels; channel++) {
        turned[(index * channels + channel) * pixels + pixel] = data[(index * pixels + pixel) * channels + channel];
      }
    }
  }
  return turned;
}
