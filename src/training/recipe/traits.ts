/** @file What a recipe has to know about a dataset, read from its manifest. */
import type { DatasetManifest } from '../../contracts/index.ts';

/**
 * - `writing`: digits, letters, drawings: lines on a plain ground, of any size
 * - `smallPictures`: anything else of at most 64 pixels
 * - `photos`: larger pictures
 */
export const DATASET_KINDS = ['writing', 'smallPictures', 'photos'] as const;
export type DatasetKind = (typeof DATASET_KINDS)[number];

export interface Traits {
  readonly kind: DatasetKind;
  /** Classes are named as digits or letters, so that a mirrored picture would mean something else. */
  readonly hasSigns: boolean;
  /** Share of the pixels between dark and bright; null when the manifest does not tell. */
  readonly midtones: number | null;
  /** Height and width, such as `28x28`. */
  readonly imageSize: string;
  /** All pictures have that size from the start. */
  readonly keepsSize: boolean;
  /** The longer side, in pixels. */
  readonly side: number;
  readonly channels: 1 | 3;
  /** Pictures to train on. */
  readonly count: number;
  /** Drawn by Pictor itself. */
  readonly isSample: boolean;
}

/** MNIST has 0.08, Fashion-MNIST 0.37, photos mostly more than 0.6. */
const MOST_MIDTONES_OF_WRITING = 0.2;
const SMALL_SIDE = 64;
/** Their classes are numbers because they have no names. */
const NAMELESS_FORMATS: readonly string[] = ['idx', 'npz', 'pickle'];
const SIGN = /^(?:(?:digit|letter|number)[ _-]?)?(?:\d{1,2}|\p{L})$/iu;
const DIGIT_WORDS = new Set(['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine']);

export function traitsOf(manifest: DatasetManifest): Traits {
  const { image, format, classes, splits, midtones = null, source, originalSizes: sizes } = manifest;
  const side = Math.max(image.height, image.width);
  const hasSigns = !NAMELESS_FORMATS.includes(format) && classes.every(isSign);
  // Without a measure, names are all there is to tell.
  const isWriting =
    midtones === null ? image.channels === 1 && classes.every(isSign) : midtones < MOST_MIDTONES_OF_WRITING;
  const kind = isWriting ? 'writing' : side <= SMALL_SIDE ? 'smallPictures' : 'photos';
  return {
    kind,
    hasSigns,
    midtones,
    imageSize: `${image.height}x${image.width}`,
    keepsSize: sizes.distinct === 1 && sizes.maxHeight === image.height && sizes.maxWidth === image.width,
    side,
    channels: image.channels,
    count: splits.train.count,
    isSample: source.kind === 'sample',
  };
}

function isSign(name: string): boolean {
  return SIGN.test(name) || DIGIT_WORDS.has(name.toLowerCase());
}
