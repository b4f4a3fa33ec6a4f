/** @file What came, as the graph takes it: pictures decoded, examples parsed. Done before anything queues. */
import { type ImageShape, PictorError, type PictureFiles, type TensorValue } from '../../contracts/index.ts';
import type { GraphFeed } from '../../runtime/index.ts';
import { newStorage } from '../tensors/storage.ts';
import { joinRows, product, reshaped } from '../tensors.ts';
import { checkInputNames, checkTensor } from './check.ts';
import { featureTensor, parseExamples } from './examples.ts';
import type { FeedPlan, PictureFeed, SignaturePlan } from './served.ts';
import { checkTexts } from './texts.ts';

export type GraphFeeds = ReadonlyMap<string, GraphFeed>;

/** Turns the bytes of a picture file into `[height, width, channels]` uint8. */
export type DecodePicture = (bytes: Uint8Array, shape: ImageShape) => Promise<Uint8Array>;

/** What is made of picture files before a graph runs. */
export interface PictureWork {
  readonly decode: DecodePicture;
  /** Runs the graph that prepares a picture, and gives its outputs, `[1, ...]` each. */
  readonly prepare: PreparePicture;
}
export type PreparePicture = (files: PictureFiles, bytes: Uint8Array) => Promise<ReadonlyMap<string, TensorValue>>;

export interface CheckedInputs {
  readonly tensors: readonly TensorValue[];
  /** Shape to give the outputs, as `CheckedTensor.sent`. */
  readonly sent: readonly number[] | null;
  /** Samples in the request; 1 where the signature does not tell. */
  readonly rows: number;
}

/** @throws `inputs_mismatch`, `input_dtype_mismatch`, `input_shape_mismatch` */
export function checkInputs(plan: SignaturePlan, inputs: ReadonlyMap<string, TensorValue>): CheckedInputs {
  checkInputNames(plan, inputs);
  const { name, served, feeds, rows } = plan;
  const checked = feeds.map(({ alias }) => checkTensor(name, alias, served.inputs[alias], inputs.get(alias)!, rows));
  const tensors = checked.map(({ tensor }) => tensor);
  const count = rows === 'none' ? 1 : (tensors[0]?.shape[0] ?? 1);
  for (const [index, { shape }] of tensors.entries()) {
    if (rows === 'none' || shape[0] === count) continue;
    const [first, other] = [feeds[0].alias, feeds[index].alias];
    throw new PictorError(
      'input_shape_mismatch',
      `Inputs "${first}" and "${other}" of signature "${name}" have ${count} and ${shape[0]} rows.`,
      { details: { signature: name, input: other, expected: [count, ...shape.slice(1)], got: shape } },
    );
  }
  return { tensors, sent: checked.find(({ sent }) => sent)?.sent ?? null, rows: count };
}

/**
 * @param tensors as `checkInputs` gives them
 * @throws `image_invalid`, `image_too_large`, `example_invalid`, `input_text_invalid`
 */
export async function graphFeeds(
  { feeds, name }: SignaturePlan,
  tensors: readonly TensorValue[],
  work: PictureWork,
): Promise<GraphFeeds> {
  const result = new Map<string, GraphFeed>();
  for (const [index, feed] of feeds.entries()) {
    const tensor = tensors[index];
    if (feed.kind !== 'tensor') {
      await addFeed(result, name, feed, tensor, work);
      continue;
    }
    checkTexts(name, `Input "${feed.alias}"`, tensor);
    result.set(feed.node, { tensor: feed.row ? reshaped(tensor, [tensor.shape[0], ...feed.row]) : tensor });
  }
  return result;
}

async function addFeed(
  result: Map<string, GraphFeed>,
  signature: string,
  feed: Exclude<FeedPlan, { readonly kind: 'tensor' }>,
  tensor: TensorValue,
  work: PictureWork,
): Promise<void> {
  switch (feed.kind) {
    case 'pictures':
      result.set(feed.picture.node, pictureFeed(feed.picture, await decodeAll(tensor, feed.picture, work)));
      return;
    case 'preparedPictures':
      await prepareAll(result, feed.files, tensor, work);
      return;
    case 'examples': {
      const examples = parseExamples(tensor.data as readonly Uint8Array[]);
      for (const [node, feature] of Object.entries(feed.features)) {
        const tensor = featureTensor(examples, feature);
        if (Object.hasOwn(feed.pictures, node)) {
          await prepareAll(result, feed.pictures[node], tensor, work);
          continue;
        }
        checkTexts(signature, `Feature "${feature.key}"`, tensor);
        result.set(node, { tensor });
      }
      return;
    }
    case 'examplePictures': {
      const { feature: key, picture } = feed;
      const examples = parseExamples(tensor.data as readonly Uint8Array[]);
      const files = featureTensor(examples, { key, dtype: 'DT_STRING', shape: [], default: null });
      result.set(picture.node, pictureFeed(picture, await decodeAll(files, picture, work)));
    }
  }
}

function decodeAll(tensor: TensorValue, { image }: PictureFeed, { decode }: PictureWork): Promise<Uint8Array[]> {
  return eachPicture(tensor.data as readonly Uint8Array[], (file) => decode(file, image));
}

/** Pictures of one request that are decoded at once; with more, those of other requests would wait for all of them. */
const DECODED_AT_ONCE = 4;

/** In their order. Stops at the first that cannot be decoded. */
export async function eachPicture<T>(
  files: readonly Uint8Array[],
  decode: (file: Uint8Array) => Promise<T>,
): Promise<T[]> {
  const decoded: T[] = [];
  let next = 0;
  const goOn = async () => {
    while (next < files.length) {
      const index = next++;
      decoded[index] = await decode(files[index]).catch((error) => {
        next = files.length;
        throw error;
      });
    }
  };
  await Promise.all(Array.from({ length: Math.min(DECODED_AT_ONCE, files.length) }, goOn));
  return decoded;
}

async function prepareAll(
  result: Map<string, GraphFeed>,
  files: PictureFiles,
  tensor: TensorValue,
  { prepare }: PictureWork,
): Promise<void> {
  const prepared = await eachPicture(tensor.data as readonly Uint8Array[], (file) => prepare(files, file));
  for (const [node, { dtype, shape }] of Object.entries(files.nodes)) {
    const none = [0, ...(shape ?? []).slice(1).map((size) => Math.max(size, 0))];
    const empty = { dtype, shape: none, data: newStorage(dtype, 0) } as TensorValue;
    const parts = prepared.map((outputs) => ({ tensor: outputs.get(node)!, from: 0, count: 1 }));
    checkSameSize(parts.map((part) => part.tensor.shape));
    result.set(node, { tensor: parts.length === 0 ? empty : joinRows(parts) });
  }
}

function checkSameSize([first, ...others]: readonly (readonly number[])[]): void {
  const other = others.find((shape) => shape.join() !== first.join());
  if (other === undefined) return;
  throw new PictorError(
    'run_failed',
    `The model makes [${first.slice(1)}] of one picture and [${other.slice(1)}] of another; all pictures of a request must become the same.`,
  );
}

/** @param pictures `[height, width, channels]` uint8 each */
export function pictureFeed(
  { image, shape, channelsFirst, scale }: PictureFeed,
  pictures: readonly Uint8Array[],
): GraphFeed {
  const length = product(shape);
  const data = new Uint8Array(pictures.length * length);
  for (const [index, picture] of pictures.entries()) {
    data.set(channelsFirst ? planes(picture, image) : picture, index * length);
  }
  const tensor = { dtype: 'DT_UINT8', shape: [pictures.length, ...shape], data } as const;
  return scale ? { tensor, scale } : { tensor };
}

/**
 * Pixels that came as numbers 0..255.
 * @param pixels `[count, height, width, channels]`; given away
 */
export function pixelFeed(
  { image, shape, channelsFirst, scale }: PictureFeed,
  pixels: Float32Array,
  count: number,
): GraphFeed {
  const length = product(shape);
  const ordered = new Float32Array(channelsFirst ? pixels.length : 0);
  for (let i = 0; channelsFirst && i < count; i++) {
    ordered.set(planes(pixels.subarray(i * length, (i + 1) * length), image), i * length);
  }
  const data = channelsFirst ? ordered : pixels;
  const whole = [count, ...shape];
  if (!scale) return { tensor: { dtype: 'DT_UINT8', shape: whole, data: Uint8Array.from(data, Math.round) } };
  const { divisor, offset } = scale;
  if (divisor !== 1 || offset !== 0) for (let i = 0; i < data.length; i++) data[i] = data[i] / divisor + offset;
  return { tensor: { dtype: 'DT_FLOAT', shape: whole, data } };
}

/** `[height, width, channels]` to `[channels, height, width]`. */
function planes<T extends Uint8Array | Float32Array>(picture: T, { height, width, channels }: ImageShape): T {
  const turned = picture.slice() as T;
  const size = height * width;
  for (let channel = 0; channel < channels; channel++) {
    for (let pixel = 0; pixel < size; pixel++) turned[channel * size + pixel] = picture[pixel * channels + channel];
  }
  return turned;
}
