/** @file Texts: the bytes of pictures, and records that hold features. Serving decodes and parses them before the graph. */
import { Unsupported } from '../../refuse.ts';
import type { Call, Rule } from '../context.ts';
import { ints, numbersOf } from '../known.ts';
import { withStep } from '../pending-picture.ts';
import type { PendingPicture, Value } from '../value.ts';
import { needKnown } from './elementwise.ts';
import { parseExamples } from './examples.ts';
import { PART_RULES } from './parts.ts';

const decode: Rule = ({ inputs, attributes, to, op, name }) => {
  const [{ special }] = inputs;
  if (special?.kind !== 'files') throw new Unsupported(`"${name}" decodes what the signature does not take`, [op]);
  const dtype = attributes.type('dtype', 'DT_UINT8');
  const channels = attributes.int('channels', 0);
  if ((channels !== 0 && channels !== 1 && channels !== 3) || (dtype !== 'DT_UINT8' && dtype !== 'DT_FLOAT')) {
    throw new Unsupported(`"${name}" decodes to ${channels} channels of ${dtype}`, [op]);
  }
  const scaled = (pixels: Value): Value => {
    const floats = to.emit('Cast', [to.plain(pixels)], { to: 1 }, { ...pixels, dtype: 'DT_FLOAT' });
    return to.emit(
      'Div',
      [to.plain(floats), to.draft.constant({ dtype: 'DT_FLOAT', shape: [], data: [255] })],
      {},
      floats,
    );
  };
  const picture: PendingPicture = {
    alias: special.alias,
    channels: channels === 0 ? null : channels,
    size: null,
    compute: dtype === 'DT_FLOAT' ? scaled : (pixels) => pixels,
    rank: 3,
  };
  return pictureValue(to, picture, dtype);
};

export function pictureValue(to: Call['to'], picture: PendingPicture, dtype: Value['dtype']): Value {
  const sides = [picture.size?.[0] ?? null, picture.size?.[1] ?? null, picture.channels];
  return to.special({ kind: 'picture', picture }, dtype, picture.rank === 4 ? [1, ...sides] : sides);
}

const handOn: Rule = ({ inputs }) => inputs[0];

const countFiles: Rule = ({ to }) => to.special({ kind: 'fileCount' }, 'DT_INT32', null);

/** A list of what a loop takes, one for each turn. */
const listed: Rule = ({ inputs, name, op }) => {
  if (inputs[0].special?.kind !== 'files')
    throw new Unsupported(`"${name}" is part of a loop over other than pictures`, [op]);
  return inputs[0];
};

/** All turns' results together: every turn's picture has the same size. */
const stacked: Rule = ({ inputs: [item], to, op }) => {
  if (item.special?.kind !== 'picture') throw new Unsupported('it has a loop over other than pictures', [op]);
  return pictureValue(to, { ...item.special.picture, rank: 4 }, item.dtype);
};

export const PICTURE_RULES = {
  DecodeJpeg: decode,
  DecodePng: decode,
  DecodeBmp: decode,
  DecodeGif: decode,
  DecodeImage: decode,
  ParseExample: parseExamples,
  ParseExampleV2: parseExamples,
  ParseSingleExample: parseExamples,
  TensorListFromTensor: listed,
  TensorListGetItem: listed,
  MapStack: stacked,
} as const satisfies Record<string, Rule>;

/** What may be done to the bytes of files before they are decoded. */
export const FILE_RULES: Readonly<Record<string, Rule>> = {
  Shape: countFiles,
  Reshape: handOn,
  Squeeze: handOn,
  ExpandDims: handOn,
  StridedSlice: handOn,
  Gather: handOn,
  GatherV2: handOn,
};

/** What may be done to the number of files. */
export const COUNT_RULES: Readonly<Record<string, Rule>> = {
  StridedSlice: handOn,
  Pack: handOn,
  Cast: handOn,
  Maximum: handOn,
};

/** Stretching sets the size that pictures are decoded to. */
const stretch: Rule = (call) => {
  const { inputs, to, op, name } = call;
  const { picture } = pictureOf(inputs[0]);
  const size = numbersOf(inputs[1]?.known ?? null);
  if (size?.length !== 2)
    throw new Unsupported(`"${name}" (${op}) stretches pictures to a size that is known only when it runs`, [op]);
  if (picture.size && (picture.size[0] !== size[0] || picture.size[1] !== size[1])) {
    throw new Unsupported(`"${name}" (${op}) stretches pictures a second time`, [op]);
  }
  const sized = { ...picture, size: [size[0], size[1]] as const };
  if (op === 'ResizeNearestNeighbor') return pictureValue(to, sized, inputs[0].dtype);
  const floats = (pixels: Value): Value =>
    pixels.dtype === 'DT_FLOAT'
      ? pixels
      : to.emit('Cast', [to.in(pixels, pixels.layout)], { to: 1 }, { ...pixels, dtype: 'DT_FLOAT' });
  return pictureValue(to, withStep(sized, floats), 'DT_FLOAT');
};

/** Some of the channels of every pixel. */
const sliceChannels: Rule = (call) => {
  const { inputs, to, name, op } = call;
  const { picture } = pictureOf(inputs[0]);
  const [begins, sizes] = [needKnown(call, 1), needKnown(call, 2)];
  if (begins.slice(0, -1).some((begin) => begin !== 0) || sizes.slice(0, -1).some((size) => size !== -1)) {
    throw new Unsupported(`"${name}" (${op}) cuts pictures before it stretches them`, [op]);
  }
  const row = (value: number, last: number): Value => to.constant(ints([value, value, value, last]));
  const [begin, size] = [row(0, begins.at(-1) ?? 0), row(-1, sizes.at(-1) ?? -1)];
  const step = (pixels: Value): Value => PART_RULES.Slice({ ...call, inputs: [pixels, begin, size] }) as Value;
  return pictureValue(to, withStep(picture, step), inputs[0].dtype);
};

/** To a fixed shape: what has another size in a file is stretched to it. */
const reshape: Rule = ({ inputs, to, name, op }) => {
  const { picture } = pictureOf(inputs[0]);
  const shape = numbersOf(inputs[1].known);
  const [height, width, channels] = shape?.slice(-3) ?? [];
  const isPicture =
    (shape?.length === 3 || shape?.length === 4) && height > 0 && width > 0 && (channels === 1 || channels === 3);
  if (!shape || !isPicture) throw new Unsupported(`"${name}" gives pictures a shape that is none of pictures`, [op]);
  const size = picture.size ?? ([height, width] as const);
  if (size[0] !== height || size[1] !== width) throw new Unsupported(`"${name}" gives pictures another shape`, [op]);
  return pictureValue(
    to,
    { ...picture, size, channels: channels as 1 | 3, rank: shape.length as 3 | 4 },
    inputs[0].dtype,
  );
};

const ranked =
  (rank: 3 | 4): Rule =>
  ({ inputs, to, name, op }) => {
    const { picture } = pictureOf(inputs[0]);
    if (picture.rank === rank)
      throw new Unsupported(`"${name}" (${op}) gives pictures a shape that is none of pictures`, [op]);
    return pictureValue(to, { ...picture, rank }, inputs[0].dtype);
  };

function pictureOf({ special }: Value): { readonly picture: PendingPicture } {
  if (special?.kind !== 'picture') throw new Unsupported('a picture was expected', []);
  return special;
}

/** What may be done to pictures before their size is known, beside what treats all pixels alike. */
export const PENDING_RULES: Readonly<Record<string, Rule>> = {
  ResizeBilinear: stretch,
  ResizeNearestNeighbor: stretch,
  ResizeBicubic: stretch,
  ResizeArea: stretch,
  ScaleAndTranslate: stretch,
  Reshape: reshape,
  Slice: sliceChannels,
  ExpandDims: ranked(4),
  Pack: ranked(4),
  Squeeze: ranked(3),
  Unpack: ranked(3),
};
