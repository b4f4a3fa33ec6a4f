/** @file Whether the graph of a signature can be run: once, with zeros, before anything is published. */
import {
  asPictorError,
  type GraphSignature,
  type ImageShape,
  type InputLayout,
  NUMBER_STORAGE,
  type PictureFiles,
  type TensorInfo,
} from '../../contracts/index.ts';
import { type ProbeOptions, tryGraph } from '../../runtime/index.ts';
import { findPictureSignature } from './picture-signature.ts';

/** Of one sample, or of a batch whose size the graph fixes. */
const MAX_INPUT_BYTES = 2 ** 30;

/** Inputs of the graph that are made of picture files, by the input or feature that has the files. */
type PictureNodes = Readonly<Record<string, PictureFiles['nodes']>>;

export interface TrialOptions extends ProbeOptions {
  /** Sizes of pictures that the shapes leave open. */
  readonly image?: Partial<ImageShape>;
  /** What the author calls the nodes of the graph, where it was made from theirs. */
  readonly origins?: ReadonlyMap<string, string>;
}

/**
 * Runs the graph of a signature once. One whose inputs leave more open than the number of samples is not tried, nor one that
 * takes texts.
 * @returns why it cannot be run: the operator that fails, and what the runtime says; null when it can, or was not tried
 */
export async function whySignatureFails(
  graph: Uint8Array,
  signature: Pick<GraphSignature, 'inputs' | 'outputs' | 'examples'>,
  pictures: PictureNodes,
  options: TrialOptions,
): Promise<string | null> {
  const shapes = inputShapes(signature, pictures, findPictureSignature({ signature }, options.image));
  return shapes && failureOf(graph, shapes, options);
}

async function failureOf(graph: Uint8Array, shapes: InputShapes, options: TrialOptions): Promise<string | null> {
  const large = Object.entries(shapes).find(([, { shape, bytes }]) => product(shape) * bytes > MAX_INPUT_BYTES);
  if (large) return `its input "${large[0]}" of shape [${large[1].shape.join(', ')}] takes more than 1 GiB`;
  try {
    await tryGraph(
      graph,
      Object.fromEntries(Object.entries(shapes).map(([name, { shape }]) => [name, shape])),
      options,
    );
    return null;
  } catch (error) {
    options.signal?.throwIfAborted();
    return reasonOf(asPictorError(error).message, options.origins);
  }
}

/** What the runtime said of a run, without the places in its own source. */
export function reasonOf(text: string, origins?: TrialOptions['origins']): string {
  const failed = /while running (\S+) node\. Name:'([^']*)' Status Message: (.*)/s.exec(text);
  const reason = (failed?.[3] ?? text)
    .replace(/\s+/g, ' ')
    // `/path/file.cc:12 Type ns::Function(int, T*) condition was false. `, or `file.cc:12 Function `
    .replace(/^\S+\.(cc|h):\d+ (.*\) )?(.*? was false\. |Compute )?/, '')
    .trim()
    .slice(0, 300);
  if (!failed) return `it cannot be run: ${reason}`;
  const name = origins?.get(failed[2]) || failed[2];
  return `its operator ${failed[1]}${name === '' ? '' : ` ("${name}")`} cannot be run: ${reason}`;
}

type InputShapes = Readonly<Record<string, { readonly shape: readonly number[]; readonly bytes: number }>>;

interface PictureSides {
  readonly image: ImageShape;
  readonly layout: InputLayout;
}

/** Of the graph's own inputs, for one sample; null when they are not all known. */
function inputShapes(
  { inputs, examples = {} }: Pick<GraphSignature, 'inputs' | 'examples'>,
  pictures: PictureNodes,
  picture: PictureSides | null,
): InputShapes | null {
  const shapes: Record<string, InputShapes[string]> = {};
  const taken = Object.entries(inputs).flatMap(([alias, tensor]): (readonly [string, TensorInfo])[] => {
    if (!Object.hasOwn(examples, alias)) return [[alias, { ...tensor, shape: wholeShape(tensor, picture) }]];
    const features = Object.entries(examples[alias]);
    return features.map(([name, { dtype, shape }]) => [name, { dtype, shape: [1, ...shape] }]);
  });
  const nodes = taken.flatMap(([name, tensor]): (readonly [string, TensorInfo])[] => {
    if (!Object.hasOwn(pictures, name)) return [[inputs[name]?.node ?? name, tensor]];
    return Object.entries(pictures[name]).map(([node, info]) => [node, { ...info, shape: wholeShape(info, null) }]);
  });
  for (const [node, { dtype, shape }] of nodes) {
    if (shape === null || dtype === 'DT_STRING' || dtype === 'DT_BFLOAT16') return null;
    shapes[node] = { shape, bytes: NUMBER_STORAGE[dtype].BYTES_PER_ELEMENT };
  }
  return shapes;
}

/** One sample. A row of free length may be one, and one of several numbers. */
function wholeShape({ shape }: Pick<TensorInfo, 'shape'>, picture: PictureSides | null): readonly number[] | null {
  if (shape === null || shape.length === 0 || (shape.length === 1 && shape[0] === -1)) return null;
  const whole = [shape[0] === -1 ? 1 : shape[0], ...shape.slice(1)];
  if (!whole.includes(-1)) return whole;
  if (!picture || whole.length !== 4) return null;
  const { height, width, channels } = picture.image;
  const sides = picture.layout === 'channelsFirst' ? [channels, height, width] : [height, width, channels];
  return [whole[0], ...sides];
}

function product(sides: readonly number[]): number {
  return sides.reduce((result, side) => result * side, 1);
}
