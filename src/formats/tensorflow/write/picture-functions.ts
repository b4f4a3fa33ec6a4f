/**
 * @file The functions of a SavedModel that make pixels of picture files as Pictor does: decoded, alpha on black, grey when
 * the model is, stretched (bilinear, half-pixel centres, no antialiasing), and rounded to whole numbers.
 */
import type { ImageShape } from '../../../contracts/index.ts';
import type { tf } from '../../../proto/index.ts';
import { attribute } from './attributes.ts';
import { FunctionBuilder, type TfValue } from './function-builder.ts';
import { batchOf } from './layers/index.ts';
import type { TfType } from './ops.ts';

/** Name of the function that takes the bytes of picture files, string `[n]`, and gives float32 `[max(n, 1), h, w, c]`. */
export const PICTURES_FUNCTION = 'pictures';

const PICTURE_FUNCTION = 'picture';
const LOOP = { condition: 'pictures_condition', body: 'pictures_body' } as const;
/** Pictures that are decoded at once. */
const PARALLEL = 10;

/** The first bytes tell a format; what is neither is decoded as GIF or BMP, or refused by TensorFlow. */
const DECODERS = [
  { name: 'decode_jpeg', magic: Buffer.of(0xff, 0xd8, 0xff), decode: decodeJpeg },
  { name: 'decode_png', magic: Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), decode: decodePng },
  { name: 'decode_other', magic: null, decode: decodeOther },
] as const;

export function pictureFunctions(image: ImageShape): tf.FunctionDef[] {
  const decoders = DECODERS.map(({ name, decode }) => {
    const b = new FunctionBuilder();
    b.output('pixels', decode(b, b.input('bytes', 'DT_STRING', [])));
    return b.finish(name, false);
  });
  return [...decoders, pictureFunction(image), ...loopFunctions(), picturesFunction(image)];
}

/** Colours as RGB, grey as three equal channels. Other decoders use this way of computing, so it is asked for. */
function decodeJpeg(b: FunctionBuilder, bytes: TfValue): TfValue {
  return b.node('DecodeJpeg', [bytes], {
    channels: attribute.int(3),
    dct_method: attribute.text('INTEGER_ACCURATE'),
  });
}

/** `round(colour * alpha / 255)`, in whole numbers. */
function decodePng(b: FunctionBuilder, bytes: TfValue): TfValue {
  const rgba = b.node('DecodePng', [bytes], { channels: attribute.int(4), dtype: attribute.type('DT_UINT8') });
  const whole = cast(b, rgba, 'DT_INT32');
  const channels = (first: number, count: number) =>
    b.node('Slice', [whole, b.ints(0, 0, first), b.ints(-1, -1, count)]);
  const weighted = b.node('Mul', [b.node('Mul', [channels(0, 3), channels(3, 1)]), b.int(2)]);
  const rounded = b.node('FloorDiv', [b.node('AddV2', [weighted, b.int(255)]), b.int(510)]);
  return cast(b, rounded, 'DT_UINT8');
}

/** The first frame of an animation; of four channels, the three colours; of one, the same three times. */
function decodeOther(b: FunctionBuilder, bytes: TfValue): TfValue {
  const pixels = b.node('DecodeImage', [bytes], {
    channels: attribute.int(0),
    dtype: attribute.type('DT_UINT8'),
    expand_animations: attribute.flag(false),
  });
  const [height, width, channels] = [0, 1, 2].map((axis) => sideOf(b, pixels, axis));
  const none = b.int(0);
  const colours = b.node('Slice', [
    pixels,
    pack(b, none, none, none),
    pack(b, height, width, b.node('Minimum', [channels, b.int(3)])),
  ]);
  return b.node('BroadcastTo', [colours, pack(b, height, width, b.int(3))]);
}

/** The bytes of one file → float32 `[height, width, channels]`, whole numbers. */
function pictureFunction({ height, width, channels }: ImageShape): tf.FunctionDef {
  const b = new FunctionBuilder();
  const bytes = b.input('bytes', 'DT_STRING', []);
  const rgb = b.node('StatelessCase', [decoderOf(b, bytes), bytes], {
    Tin: attribute.types('DT_STRING'),
    Tout: attribute.types('DT_UINT8'),
    branches: attribute.funcs(DECODERS.map(({ name }) => name)),
    output_shapes: attribute.shapes([[-1, -1, 3]]),
    _lower_using_switch_merge: attribute.flag(true),
  });
  const pixels = channels === 1 ? greyOf(b, { ...rgb, type: 'DT_UINT8' }) : ({ ...rgb, type: 'DT_UINT8' } as const);
  const batch = b.node('ExpandDims', [pixels, b.int(0)]);
  const stretched = b.node('ResizeBilinear', [batch, b.ints(height, width)], {
    half_pixel_centers: attribute.flag(true),
  });
  const one = b.node('Squeeze', [stretched], { squeeze_dims: attribute.ints([0]) });
  b.output('pixels', b.node('Round', [one]));
  return b.finish(PICTURE_FUNCTION, false);
}

/** Number of the decoder. */
function decoderOf(b: FunctionBuilder, bytes: TfValue): TfValue {
  const others = DECODERS.length - 1;
  return DECODERS.reduceRight((otherwise, { magic }, index) => {
    if (magic === null) return otherwise;
    const start = b.node('Substr', [bytes, b.int(0), b.int(magic.length)]);
    return b.node('SelectV2', [b.node('Equal', [start, b.text(magic)]), b.int(index), otherwise]);
  }, b.int(others));
}

/** 0.299 R + 0.587 G + 0.114 B, rounded, in whole thousandths. */
function greyOf(b: FunctionBuilder, rgb: TfValue): TfValue {
  const whole = cast(b, rgb, 'DT_INT32');
  const parts = [299, 587, 114].map((share, channel) => {
    const part = b.node('Slice', [whole, b.ints(0, 0, channel), b.ints(-1, -1, 1)]);
    return b.node('Mul', [part, b.int(share)]);
  });
  const thousandths = parts.reduce((sum, part) => b.node('AddV2', [sum, part]), b.int(500));
  return cast(b, b.node('FloorDiv', [thousandths, b.int(1000)]), 'DT_UINT8');
}

const LOOP_TYPES: readonly TfType[] = ['DT_INT32', 'DT_INT32', 'DT_STRING', 'DT_VARIANT'];

/** Condition and body of the loop over the files, whose state is: next index, count, files, list of pixels. */
function loopFunctions(): tf.FunctionDef[] {
  const state = (b: FunctionBuilder) =>
    [
      b.input('index', 'DT_INT32', []),
      b.input('count', 'DT_INT32', []),
      b.input('files', 'DT_STRING', [-1]),
      b.input('list', 'DT_VARIANT', []),
    ] as const;
  const condition = new FunctionBuilder();
  const [index, count] = state(condition);
  condition.output('more', condition.node('Less', [index, count]));
  const body = new FunctionBuilder();
  const [now, total, files, list] = state(body);
  const file = body.node('GatherV2', [files, now, body.int(0)]);
  const pixels = call(body, PICTURE_FUNCTION, [file], ['DT_FLOAT'])[0];
  body.output('next_index', body.node('AddV2', [now, body.int(1)]));
  body.output('same_count', total);
  body.output('same_files', files);
  body.output('next_list', body.node('TensorListSetItem', [list, now, pixels]));
  return [condition.finish(LOOP.condition, false), body.finish(LOOP.body, false)];
}

/** With no files it gives one black picture: not every op takes an empty batch. */
function picturesFunction({ height, width, channels }: ImageShape): tf.FunctionDef {
  const b = new FunctionBuilder();
  const files = b.input('files', 'DT_STRING', [-1]);
  const count = batchOf(b, files);
  const shape = b.ints(height, width, channels);
  const list = b.node('TensorListReserve', [shape, b.node('Maximum', [count, b.int(1)])], {
    element_dtype: attribute.type('DT_FLOAT'),
  });
  const attributes = {
    T: attribute.types(...LOOP_TYPES),
    cond: attribute.func(LOOP.condition),
    body: attribute.func(LOOP.body),
    output_shapes: attribute.shapes([[], [], [-1], []]),
    parallel_iterations: attribute.int(PARALLEL),
    _lower_using_switch_merge: attribute.flag(true),
  };
  const filled = b.results('While', [b.int(0), count, files, list], attributes, LOOP_TYPES)[3];
  b.output('pixels', b.node('TensorListStack', [filled, shape], { element_dtype: attribute.type('DT_FLOAT') }));
  return b.finish(PICTURES_FUNCTION, true);
}

/** Calls another function of the library. */
export function call(
  b: FunctionBuilder,
  name: string,
  inputs: readonly TfValue[],
  types: readonly TfType[],
): readonly TfValue[] {
  return b.results('StatefulPartitionedCall', inputs, callAttributes(name, inputs, types), types);
}

export function callAttributes(name: string, inputs: readonly { readonly type: TfType }[], types: readonly TfType[]) {
  return {
    f: attribute.func(name),
    Tin: attribute.types(...inputs.map(({ type }) => type)),
    Tout: attribute.types(...types),
  };
}

function cast(b: FunctionBuilder, x: TfValue, type: TfType): TfValue {
  return b.node('Cast', [x], { DstT: attribute.type(type) }, type);
}

function sideOf(b: FunctionBuilder, x: TfValue, axis: number): TfValue {
  const shape = b.node('Shape', [x], { out_type: attribute.type('DT_INT32') });
  return b.node('StridedSlice', [shape, b.ints(axis), b.ints(axis + 1), b.ints(1)], {
    shrink_axis_mask: attribute.int(1),
  });
}

function pack(b: FunctionBuilder, ...values: TfValue[]): TfValue {
  return b.node('Pack', values, { N: attribute.int(values.length), axis: attribute.int(0) });
}
