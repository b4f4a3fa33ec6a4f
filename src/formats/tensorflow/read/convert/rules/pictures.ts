/** @file Texts: the bytes of pictures, and records that hold features. Serving decodes and parses them before the graph. */
import { Unsupported } from '../../refuse.ts';
import type { Rule } from '../context.ts';
import { pictureBatch } from '../picture-batch.ts';
import type { Dims } from '../value.ts';
import { parseExamples } from './examples.ts';
import { scalar } from './functions.ts';
import { unsqueeze } from './structure.ts';

const decode: Rule = ({ inputs, attributes, to, op, name }) => {
  const [{ special }] = inputs;
  if (special?.kind !== 'files') throw new Unsupported(`"${name}" decodes what the signature does not take`, [op]);
  const dtype = attributes.type('dtype', 'DT_UINT8');
  const channels = attributes.int('channels', 0);
  if ((channels !== 0 && channels !== 1 && channels !== 3) || (dtype !== 'DT_UINT8' && dtype !== 'DT_FLOAT')) {
    throw new Unsupported(`"${name}" decodes to ${channels} channels of ${dtype}`, [op]);
  }
  const { alias, base64 = false } = special;
  const { conversion: own, pixels } = to.pictures.of(alias, { channels: channels === 0 ? null : channels, base64 });
  if (dtype === 'DT_UINT8') return to.special({ kind: 'picture', alias, inner: pixels }, dtype, pixels.shape);
  const floats = own.draft.node('Cast', [own.plain(pixels)], { to: 1 });
  const inner = own.emit('Div', [floats, scalar(own, 255, dtype)], {}, { dtype, shape: pixels.shape });
  return to.special({ kind: 'picture', alias, inner }, dtype, pixels.shape);
};

const handOn: Rule = ({ inputs }) => inputs[0];

const countFiles: Rule = ({ to }) => to.special({ kind: 'fileCount' }, 'DT_INT32', null);

const decodeBase64: Rule = ({ inputs: [x], to, name, op }) => {
  if (x.special?.kind !== 'files' || x.special.base64) throw new Unsupported(`"${name}" decodes base64 twice`, [op]);
  return to.special({ ...x.special, base64: true }, x.dtype, x.shape);
};

/** What a loop takes, one for each turn. */
const listed: Rule = ({ inputs, name, op }) => {
  if (inputs[0].special?.kind !== 'files')
    throw new Unsupported(`"${name}" is part of a loop over other than pictures`, [op]);
  return inputs[0];
};

/** All turns' results together: every turn's has the same shape. */
const stacked: Rule = ({ inputs: [item, shape], attributes, to, op }) => {
  if (item.special?.kind === 'files') return item;
  if (item.special?.kind !== 'picture') throw new Unsupported('it has a loop over other than pictures', [op]);
  const { alias, inner } = item.special;
  const told = shape?.known ? Array.from(shape.known.data as ArrayLike<number>) : attributes.shape('element_shape');
  const whole = unsqueeze(to.pictures.by(alias).conversion, { ...inner, shape: merged(inner.shape, told) }, [0]);
  return pictureBatch(to, to.special({ kind: 'picture', alias, inner: whole }, whole.dtype, whole.shape));
};

/** Sizes that are known of one or the other. @param told -1 for any */
function merged(shape: Dims | null, told: readonly number[] | null): Dims | null {
  if (shape === null || (told !== null && told.length !== shape.length)) {
    return told && told.length > 0 ? told.map((size) => (size < 0 ? null : size)) : shape;
  }
  return shape.map((size, axis) => size ?? (told && told[axis] >= 0 ? told[axis] : null));
}

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
  MapItem: listed,
  MapStack: stacked,
  DecodeBase64: decodeBase64,
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
