/** @file The operators of TensorFlow, for the documentation: what becomes of each, or why it cannot be run. */
import { RULES } from './convert/rules/index.ts';

export interface OpSupport {
  readonly op: string;
  readonly supported: boolean;
  /** How far, or why not; empty when there is nothing to say. */
  readonly note: string;
}

/** What is replaced before anything is converted. */
const RESOLVED: Readonly<Record<string, string>> = {
  PartitionedCall: 'replaced by the function it calls',
  StatefulPartitionedCall: 'replaced by the function it calls',
  Case: 'over the formats of picture files',
  StatelessCase: 'over the formats of picture files',
  If: 'with a constant condition: the branch that is taken; over the formats of picture files',
  StatelessIf: 'with a constant condition: the branch that is taken; over the formats of picture files',
  Switch: 'with a constant condition, such as the learning phase',
  Merge: 'with a constant condition, such as the learning phase',
  While: 'over pictures, as `tf.map_fn` makes it',
  StatelessWhile: 'over pictures, as `tf.map_fn` makes it',
  Enter: 'of a loop over pictures',
  Exit: 'of a loop over pictures',
  LoopCond: 'of a loop over pictures',
  NextIteration: 'of a loop over pictures',
  TensorArrayV3: 'of a loop over pictures',
  TensorArrayScatterV3: 'of a loop over pictures',
  TensorArrayReadV3: 'of a loop over pictures',
  TensorArrayWriteV3: 'of a loop over pictures',
  TensorArrayGatherV3: 'of a loop over pictures',
  TensorListReserve: 'of a loop over pictures',
  TensorListStack: 'of a loop over pictures',
  TensorListSetItem: 'of a loop over pictures',
  InitializeTable: 'of a table, with keys and values in the graph',
  InitializeTableV2: 'of a table, with keys and values in the graph',
  LookupTableImport: 'of a table, with keys and values in the graph',
  LookupTableImportV2: 'of a table, with keys and values in the graph',
  InitializeTableFromTextFile: 'of a table, with a vocabulary in `assets`',
  InitializeTableFromTextFileV2: 'of a table, with a vocabulary in `assets`',
  RestoreV2: 'tells which variable has which value',
};

const NOTES: Readonly<Record<string, string>> = {
  Placeholder: 'as an input of the signature',
  Cast: 'between numbers; half precision is computed in float32',
  FusedBatchNorm: 'for inference',
  FusedBatchNormV2: 'for inference',
  FusedBatchNormV3: 'for inference',
  SpaceToBatchND: 'around a convolution: one with dilation',
  BatchToSpaceND: 'around a convolution: one with dilation',
  DepthwiseConv2dNative: 'with a constant kernel',
  Conv2DBackpropInput: 'padding SAME and VALID',
  MirrorPad: 'mode REFLECT',
  Reshape: 'sizes may depend on the batch',
  Gather: 'without batch dimensions',
  GatherV2: 'without batch dimensions',
  Einsum: 'without an ellipsis',
  ScaleAndTranslate: 'as `tf.image.resize` uses it: with and without antialiasing',
  DecodeBase64: 'of an input, with pictures in it',
  DecodeJpeg: 'of an input: serving decodes, accurately whatever `dct_method` says',
  DecodePng: 'of an input: serving decodes, as it does for its own models',
  DecodeBmp: 'of an input: serving decodes, as it does for its own models',
  DecodeGif: 'of an input: serving decodes the first picture',
  DecodeImage: 'of an input: serving decodes, as it does for its own models',
  ParseExample: 'of an input: serving parses; features of fixed length',
  ParseExampleV2: 'of an input: serving parses; features of fixed length',
  ParseSingleExample: 'of an input: serving parses; features of fixed length',
  HashTable: 'with what fills it when the model is loaded',
  HashTableV2: 'with what fills it when the model is loaded',
  LookupTableFind: 'texts and whole numbers to texts, whole numbers or float32; the default is a constant',
  LookupTableFindV2: 'texts and whole numbers to texts, whole numbers or float32; the default is a constant',
  AsString: 'of whole numbers',
  StringToHashBucketFast: 'into one bucket',
  TensorListFromTensor: 'of a loop over pictures',
  TensorListGetItem: 'of a loop over pictures',
};

/** Operators that people meet in models, and that are not run. */
const UNSUPPORTED: Readonly<Record<string, string>> = {
  Conv3D: 'pictures have two dimensions',
  MaxPool3D: 'pictures have two dimensions',
  CropAndResize: 'detection models',
  NonMaxSuppressionV5: 'detection models',
  Where: 'the size of its result depends on the data',
  Unique: 'the size of its result depends on the data',
  MutableHashTableV2: 'tables that calls change',
  PyFunc: 'a program of its own, which is never run',
  EagerPyFunc: 'a program of its own, which is never run',
  RandomUniform: 'random numbers; they belong to training',
  RandomStandardNormal: 'random numbers; they belong to training',
  DecodeRaw: 'bytes of no picture format',
  DecodeAndCropJpeg: 'cuts before it stretches',
  XlaCallModule: 'compiled by JAX or XLA; export it with TensorFlow',
  Conv2DBackpropFilter: 'belongs to training',
  FakeQuantWithMinMaxVars: 'quantised training',
  QuantizedConv2D: 'quantised graphs',
};

/** Every operator that is known, by name. */
export function tensorflowOps(): OpSupport[] {
  const supported = Object.keys(RULES).filter((op) => op !== 'MapStack' && op !== 'MapItem');
  return [
    ...supported.map((op) => ({ op, supported: true, note: NOTES[op] ?? '' })),
    ...Object.entries(RESOLVED).map(([op, note]) => ({ op, supported: true, note })),
    ...Object.entries(UNSUPPORTED).map(([op, note]) => ({ op, supported: false, note })),
  ].sort((a, b) => (a.op < b.op ? -1 : 1));
}
