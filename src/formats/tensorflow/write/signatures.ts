/** @file The signatures of a SavedModel, each a function of its input and the variables. */
import {
  type DataType,
  EXAMPLE_PICTURE,
  type ImageShape,
  type InputRange,
  type NetworkSpec,
  type ServedOutput,
  type SignatureSpec,
  type SignatureSpecs,
} from '../../../contracts/index.ts';
import { describeNetwork } from '../../../nn/index.ts';
import type { tf } from '../../../proto/index.ts';
import { attribute } from './attributes.ts';
import { FunctionBuilder, type TfValue } from './function-builder.ts';
import { batchOf } from './layers/index.ts';
import { addNetwork, variableArgument } from './network-function.ts';
import type { TfType } from './ops.ts';
import { call, PICTURES_FUNCTION, pictureFunctions } from './picture-functions.ts';
import type { TfVariable } from './variables.ts';

export interface WrittenTensor {
  readonly name: string;
  readonly type: DataType;
  readonly shape: readonly number[];
}

export interface WrittenSignature {
  readonly name: string;
  readonly method: string;
  readonly functionName: string;
  readonly input: WrittenTensor;
  /** By name, in the order of the function's results. */
  readonly outputs: readonly WrittenTensor[];
}

export interface SignatureSource {
  readonly spec: NetworkSpec;
  readonly labels: readonly string[];
  readonly variables: readonly TfVariable[];
  readonly signatures: SignatureSpecs;
  /** What the numbers of the model's input mean. */
  readonly inputRange: InputRange;
}

const NETWORK_FUNCTION = 'network';
const PREDICT = 'tensorflow/serving/predict';
const CLASSIFY = 'tensorflow/serving/classify';

/** What the function of the network gives, for all signatures together. */
type Result = 'probabilities' | `layer:${string}`;

export function writeSignatures(source: SignatureSource): {
  readonly functions: readonly tf.FunctionDef[];
  readonly signatures: readonly WrittenSignature[];
} {
  const specs = Object.entries(source.signatures);
  const outputs = specs.flatMap(([, { outputs }]) => Object.values(outputs));
  const results = [...new Set<Result>(['probabilities', ...outputs.map((output) => resultOf(output, source.spec))])];
  const functions = [networkFunction(source, results)];
  if (specs.some(([, { input }]) => input.kind !== 'pixels')) {
    functions.push(...pictureFunctions(source.spec.input));
  }
  const signatures: WrittenSignature[] = [];
  for (const [index, [name, spec]] of specs.entries()) {
    const { signature, definition } = writeSignature(source, results, name, spec, `signature_${index}`);
    signatures.push(signature);
    functions.push(definition);
  }
  return { functions, signatures };
}

function resultOf(output: ServedOutput, spec: NetworkSpec): Result {
  if (output.kind === 'layer') return `layer:${output.layer}`;
  return output.kind === 'logits' ? `layer:${spec.output}` : 'probabilities';
}

function networkFunction({ spec, variables }: SignatureSource, results: readonly Result[]): tf.FunctionDef {
  const { height, width, channels } = spec.input;
  const b = new FunctionBuilder();
  const pixels = b.input('pixels', 'DT_FLOAT', [-1, height, width, channels]);
  const handles = new Map(
    variables.map((variable) => [variable.parameter, b.input(variableArgument(variable), 'DT_RESOURCE', [])]),
  );
  const values = addNetwork(b, spec, pixels, handles);
  const logits = values.get(spec.output) as TfValue;
  const probabilities = b.node(spec.outputActivation === 'sigmoid' ? 'Sigmoid' : 'Softmax', [logits]);
  for (const [index, result] of results.entries()) {
    const value = result === 'probabilities' ? probabilities : (values.get(result.slice('layer:'.length)) as TfValue);
    b.output(`result_${index}`, value);
  }
  return b.finish(NETWORK_FUNCTION, true);
}

/** A function of one input and all variables. */
class SignatureFunction {
  readonly b = new FunctionBuilder();
  readonly input: TfValue;
  readonly #handles: readonly TfValue[];
  readonly #source: SignatureSource;
  readonly #results: readonly Result[];

  constructor(source: SignatureSource, results: readonly Result[], type: TfType, shape: readonly number[]) {
    this.input = this.b.input('input', type, shape);
    this.#handles = source.variables.map((variable) => this.b.input(variableArgument(variable), 'DT_RESOURCE', []));
    this.#source = source;
    this.#results = results;
  }

  /** Results of the network, by name. @param pixels in the range of the model */
  network(pixels: TfValue): ReadonlyMap<Result, TfValue> {
    const types = this.#results.map((): TfType => 'DT_FLOAT');
    const values = call(this.b, NETWORK_FUNCTION, [pixels, ...this.#handles], types);
    return new Map(this.#results.map((result, index) => [result, values[index]]));
  }

  /** As `network`, of the bytes of picture files `[n]`. */
  pictures(files: TfValue): ReadonlyMap<Result, TfValue> {
    const { b } = this;
    const [pixels] = call(b, PICTURES_FUNCTION, [files], ['DT_FLOAT']);
    const results = this.network(inRange(b, pixels, this.#source.inputRange));
    // Of no files one black picture was made.
    const count = batchOf(b, files);
    return new Map(
      [...results].map(([name, value]) => {
        const end = b.node('Pack', [count], { N: attribute.int(1), axis: attribute.int(0) });
        return [name, b.node('StridedSlice', [value, b.ints(0), end, b.ints(1)], { begin_mask: attribute.int(1) })];
      }),
    );
  }
}

/** A picture's numbers 0..255 as the model has them. */
function inRange(b: FunctionBuilder, pixels: TfValue, range: InputRange): TfValue {
  if (range === '0..255') return pixels;
  if (range === '0..1') return b.node('RealDiv', [pixels, b.float(255)]);
  return b.node('Sub', [b.node('RealDiv', [pixels, b.float(127.5)]), b.float(1)]);
}

function writeSignature(
  source: SignatureSource,
  results: readonly Result[],
  name: string,
  { input, outputs }: SignatureSpec,
  functionName: string,
): { readonly signature: WrittenSignature; readonly definition: tf.FunctionDef } {
  const taken = inputTensor(input, source.spec.input);
  const made = new SignatureFunction(source, results, taken.type, taken.shape);
  const values = VALUES[input.kind](made, source.spec.input);
  // TensorFlow orders a dictionary by its keys.
  const given = Object.entries(outputs).sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [place, [, output]] of given.entries()) {
    made.b.output(`result_${place}`, servedValue(made.b, output, values, source));
  }
  const written = given.map(([output, served]) => ({ name: output, ...outputTensor(served, source) }));
  const method = input.kind === 'examples' ? CLASSIFY : PREDICT;
  return {
    signature: { name, method, functionName, input: taken, outputs: written },
    definition: made.b.finish(functionName, true),
  };
}

/** Results of the network from each kind of input. */
const VALUES: {
  readonly [K in SignatureSpec['input']['kind']]: (
    made: SignatureFunction,
    image: ImageShape,
  ) => ReadonlyMap<Result, TfValue>;
} = {
  pixels: (made, { height, width, channels }) =>
    made.network(made.b.node('Reshape', [made.input, made.b.ints(-1, height, width, channels)])),
  pictures: (made) => made.pictures(made.input),
  examples: (made) => made.pictures(encodedPictures(made.b, made.input)),
};

/** Serialised `tf.Example`s → the bytes of the picture in each. */
function encodedPictures(b: FunctionBuilder, examples: TfValue): TfValue {
  const none = b.texts([]);
  return b.node('ParseExampleV2', [examples, none, none, b.texts([EXAMPLE_PICTURE]), none, none], {
    Tdense: attribute.types('DT_STRING'),
    dense_shapes: attribute.shapes([[]]),
    num_sparse: attribute.int(0),
    sparse_types: attribute.types(),
    ragged_value_types: attribute.types(),
    ragged_split_types: attribute.types(),
  });
}

function servedValue(
  b: FunctionBuilder,
  output: ServedOutput,
  values: ReadonlyMap<Result, TfValue>,
  source: SignatureSource,
): TfValue {
  const value = values.get(resultOf(output, source.spec)) as TfValue;
  const labels = labelsOf(source);
  if (output.kind === 'labels') {
    const repeats = b.node('Pack', [batchOf(b, value), b.int(1)], { N: attribute.int(2), axis: attribute.int(0) });
    return b.node('Tile', [b.texts(labels, [1, labels.length]), repeats]);
  }
  if (output.kind !== 'topLabels' && output.kind !== 'topProbabilities') return value;
  const best = b.node('TopKV2', [value, b.int(Math.min(output.count, labels.length))], {
    sorted: attribute.flag(true),
  });
  if (output.kind === 'topProbabilities') return best;
  return b.node('GatherV2', [b.texts(labels), b.other(best, 'indices', 'DT_INT32'), b.int(0)]);
}

/** Classes that nobody named have their numbers as names. */
function labelsOf({ labels, spec }: SignatureSource): readonly string[] {
  if (labels.length > 0) return labels;
  const [classes] = layerShape(spec, spec.output);
  return Array.from({ length: classes }, (_, index) => String(index));
}

function inputTensor(input: SignatureSpec['input'], { height, width, channels }: ImageShape): WrittenTensor {
  const { name, kind, shape = [height, width, channels] } = input;
  if (kind !== 'pixels') return { name, type: 'DT_STRING', shape: [-1] };
  return { name, type: 'DT_FLOAT', shape: [-1, ...shape] };
}

function outputTensor(output: ServedOutput, source: SignatureSource): Omit<WrittenTensor, 'name'> {
  const classes = labelsOf(source).length;
  switch (output.kind) {
    case 'probabilities':
    case 'logits':
      return { type: 'DT_FLOAT', shape: [-1, classes] };
    case 'layer':
      return { type: 'DT_FLOAT', shape: [-1, ...layerShape(source.spec, output.layer)] };
    case 'labels':
      return { type: 'DT_STRING', shape: [-1, classes] };
    case 'topLabels':
      return { type: 'DT_STRING', shape: [-1, Math.min(output.count, classes)] };
    case 'topProbabilities':
      return { type: 'DT_FLOAT', shape: [-1, Math.min(output.count, classes)] };
  }
}

function layerShape(spec: NetworkSpec, layer: string): readonly number[] {
  return describeNetwork(spec).layers.find(({ name }) => name === layer)?.outputShape ?? [];
}
