/** @file Puts Pictor's preprocessing before a graph: uint8 pixels of any size in. */
import { create } from '@bufbuild/protobuf';
import type { ImageShape, InputRange } from '../../../contracts/index.ts';
import { onnx } from '../../../proto/index.ts';
import { int64s, intAttribute, intsAttribute } from './opset.ts';

/** Name of the input that takes uint8 `[batch, height, width, channels]`, of any size, grey or RGB. */
export const PICTURES_INPUT = 'pictures';

const TYPE = { float: 1, uint8: 2 } as const;
const STRING_ATTRIBUTE = 3;

/**
 * Changes the model in place: its input is computed from the new one, as Pictor does with decoded pictures: to grey where the
 * model is grey (0.299 R + 0.587 G + 0.114 B, rounded), stretched (bilinear, half-pixel centres, no antialiasing), rounded half
 * to even, and brought to the range of the model. Written for opset 18.
 */
export function addPreprocessing(model: onnx.ModelProto, image: ImageShape, range: InputRange): void {
  const graph = model.graph as onnx.GraphProto;
  const [input] = graph.input;
  const nodes = new Nodes();
  const float = nodes.add('Cast', [PICTURES_INPUT], [intAttribute('to', TYPE.float)]);
  // Grey stands for three equal colours; RGB stays.
  let x = nodes.add('Expand', [float, nodes.ints('rgb', [1, 1, 1, 3])]);
  if (image.channels === 1) {
    const sum = nodes.add('MatMul', [x, nodes.floats('shares', [299, 587, 114], [3, 1])]);
    const more = nodes.add('Add', [sum, nodes.floats('half', [500], [])]);
    x = nodes.add('Floor', [nodes.add('Div', [more, nodes.floats('thousand', [1000], [])])]);
  }
  const planes = nodes.add('Transpose', [x], [intsAttribute('perm', [0, 3, 1, 2])]);
  // A size for each axis: the runtime fails where it moves a transposition past a Resize that names its axes.
  const [start, end] = [nodes.ints('start', [0]), nodes.ints('end', [2])];
  const first = nodes.add('Slice', [nodes.add('Shape', [planes]), start, end]);
  const sizes = nodes.add(
    'Concat',
    [first, nodes.ints('size', [image.height, image.width])],
    [intAttribute('axis', 0)],
  );
  const stretched = nodes.add(
    'Resize',
    [planes, '', '', sizes],
    [textAttribute('mode', 'linear'), textAttribute('coordinate_transformation_mode', 'half_pixel')],
  );
  const rounded = nodes.add('Round', [stretched]);
  const pixels = nodes.add('Transpose', [rounded], [intsAttribute('perm', [0, 2, 3, 1])]);
  nodes.finish(inRange(nodes, pixels, range), input.name as string);
  graph.node = [...nodes.nodes, ...graph.node];
  graph.initializer.push(...nodes.constants);
  graph.input = [picturesInput(input), ...graph.input.slice(1)];
}

function inRange(nodes: Nodes, pixels: string, range: InputRange): string {
  if (range === '0..255') return pixels;
  const [divisor, offset] = range === '0..1' ? [255, 0] : [127.5, 1];
  const scaled = nodes.add('Div', [pixels, nodes.floats('divisor', [divisor], [])]);
  return offset === 0 ? scaled : nodes.add('Sub', [scaled, nodes.floats('offset', [offset], [])]);
}

class Nodes {
  readonly nodes: onnx.NodeProto[] = [];
  readonly constants: onnx.TensorProto[] = [];

  add(opType: string, input: readonly string[], attribute: readonly onnx.AttributeProto[] = []): string {
    const name = `preprocessing/${opType.toLowerCase()}_${this.nodes.length}`;
    this.nodes.push(
      create(onnx.NodeProtoSchema, { name, opType, input: [...input], output: [name], attribute: [...attribute] }),
    );
    return name;
  }

  ints(name: string, values: readonly number[]): string {
    return this.#keep(int64s(`preprocessing/${name}`, values));
  }

  floats(name: string, values: readonly number[], shape: readonly number[]): string {
    const rawData = new Uint8Array(Float32Array.from(values).buffer);
    const dims = shape.map(BigInt);
    return this.#keep(
      create(onnx.TensorProtoSchema, { name: `preprocessing/${name}`, dataType: TYPE.float, dims, rawData }),
    );
  }

  /** The last value gets the name of what it takes the place of. */
  finish(value: string, name: string): void {
    this.nodes.push(
      create(onnx.NodeProtoSchema, { name: 'preprocessing/end', opType: 'Identity', input: [value], output: [name] }),
    );
  }

  #keep(tensor: onnx.TensorProto): string {
    this.constants.push(tensor);
    return tensor.name as string;
  }
}

function picturesInput({ type }: onnx.ValueInfoProto): onnx.ValueInfoProto {
  const shape = type?.value.case === 'tensorType' ? type.value.value.shape : undefined;
  const named = (name: string) =>
    create(onnx.TensorShapeProto_DimensionSchema, { value: { case: 'dimParam', value: name } });
  const tensor = create(onnx.TypeProto_TensorSchema, {
    elemType: TYPE.uint8,
    shape: create(onnx.TensorShapeProtoSchema, {
      dim: [shape?.dim[0] ?? named('batch'), named('height'), named('width'), named('channels')],
    }),
  });
  return create(onnx.ValueInfoProtoSchema, {
    name: PICTURES_INPUT,
    type: create(onnx.TypeProtoSchema, { value: { case: 'tensorType', value: tensor } }),
  });
}

function textAttribute(name: string, value: string): onnx.AttributeProto {
  return create(onnx.AttributeProtoSchema, { name, type: STRING_ATTRIBUTE, s: Buffer.from(value) });
}
