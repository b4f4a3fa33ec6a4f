/** @file The TensorFlow ops that written graphs are made of, as far as writing them needs it: results and types. */
import type { DataType } from '../../../contracts/index.ts';

/** `DT_RESOURCE` is a variable, `DT_VARIANT` a list of tensors. */
export type TfType = DataType | 'DT_RESOURCE' | 'DT_VARIANT';

export interface OpRule {
  /** Name of the result in the op's definition; of several the first. */
  readonly result: string;
  /** Attributes that are the type of the input with this number. */
  readonly types?: Readonly<Record<string, number>>;
  /** Type of the result: that of the input with this number, or always the same. */
  readonly gives: number | TfType;
}

const unary = (result: string): OpRule => ({ result, types: { T: 0 }, gives: 0 });
const compare: OpRule = { result: 'z', types: { T: 0 }, gives: 'DT_BOOL' };
const reduce: OpRule = { result: 'output', types: { T: 0, Tidx: 1 }, gives: 0 };

/** Names and types as in `tensorflow/core/ops/*.cc`. */
export const OPS = {
  AddV2: unary('z'),
  AvgPool: unary('output'),
  BiasAdd: unary('output'),
  BroadcastTo: { result: 'output', types: { T: 0, Tidx: 1 }, gives: 0 },
  Cast: { result: 'y', types: { SrcT: 0 }, gives: 'DT_FLOAT' },
  ClipByValue: unary('output'),
  ConcatV2: { result: 'output', types: { T: 0 }, gives: 0 },
  Const: { result: 'output', gives: 'DT_FLOAT' },
  Conv2D: unary('output'),
  Conv2DBackpropInput: { result: 'output', types: { T: 1 }, gives: 1 },
  DecodeImage: { result: 'image', gives: 'DT_UINT8' },
  DecodeJpeg: { result: 'image', gives: 'DT_UINT8' },
  DecodePng: { result: 'image', gives: 'DT_UINT8' },
  DepthwiseConv2dNative: unary('output'),
  Elu: unary('activations'),
  Equal: compare,
  Erf: unary('y'),
  ExpandDims: { result: 'output', types: { T: 0, Tdim: 1 }, gives: 0 },
  FloorDiv: unary('z'),
  FusedBatchNormV3: { result: 'y', types: { T: 0, U: 1 }, gives: 0 },
  GatherV2: { result: 'output', types: { Tparams: 0, Tindices: 1, Taxis: 2 }, gives: 0 },
  Greater: compare,
  Identity: unary('output'),
  LeakyRelu: unary('activations'),
  Less: compare,
  MatMul: unary('product'),
  Max: reduce,
  MaxPool: unary('output'),
  Maximum: unary('z'),
  Mean: reduce,
  Minimum: unary('z'),
  Mul: unary('z'),
  Neg: unary('y'),
  Pack: { result: 'output', types: { T: 0 }, gives: 0 },
  Pad: { result: 'output', types: { T: 0, Tpaddings: 1 }, gives: 0 },
  ParseExampleV2: { result: 'dense_values', gives: 'DT_STRING' },
  ReadVariableOp: { result: 'value', gives: 'DT_FLOAT' },
  RealDiv: unary('z'),
  Relu: unary('activations'),
  Relu6: unary('activations'),
  Reshape: { result: 'output', types: { T: 0, Tshape: 1 }, gives: 0 },
  ResizeBilinear: { result: 'resized_images', types: { T: 0 }, gives: 'DT_FLOAT' },
  ResizeNearestNeighbor: { result: 'resized_images', types: { T: 0 }, gives: 0 },
  Round: unary('y'),
  Rsqrt: unary('y'),
  SelectV2: { result: 'output', types: { T: 1 }, gives: 1 },
  Selu: unary('activations'),
  Shape: { result: 'output', types: { T: 0 }, gives: 'DT_INT32' },
  Sigmoid: unary('y'),
  Slice: { result: 'output', types: { T: 0, Index: 1 }, gives: 0 },
  Softmax: { result: 'softmax', types: { T: 0 }, gives: 0 },
  Split: { result: 'output', types: { T: 1 }, gives: 1 },
  SquaredDifference: unary('z'),
  Squeeze: unary('output'),
  StatefulPartitionedCall: { result: 'output', gives: 'DT_FLOAT' },
  StatelessCase: { result: 'output', gives: 'DT_FLOAT' },
  StridedSlice: { result: 'output', types: { T: 0, Index: 1 }, gives: 0 },
  Sub: unary('z'),
  Substr: { result: 'output', types: { T: 1 }, gives: 'DT_STRING' },
  Tanh: unary('y'),
  TensorListReserve: { result: 'handle', types: { shape_type: 0 }, gives: 'DT_VARIANT' },
  TensorListSetItem: { result: 'output_handle', types: { element_dtype: 2 }, gives: 'DT_VARIANT' },
  TensorListStack: { result: 'tensor', gives: 'DT_FLOAT' },
  Tile: { result: 'output', types: { T: 0, Tmultiples: 1 }, gives: 0 },
  TopKV2: { result: 'values', types: { T: 0 }, gives: 0 },
  Transpose: { result: 'y', types: { T: 0, Tperm: 1 }, gives: 0 },
  While: { result: 'output', gives: 'DT_FLOAT' },
} as const satisfies Readonly<Record<string, OpRule>>;

export type TfOp = keyof typeof OPS;
