/** @file Classify and regress: signatures that take serialised `tf.Example`s. Sources: `classifier.cc`, `regressor.cc`. */
import type { TensorValue } from '../../contracts/index.ts';
import type { ModelInUse, RunOptions } from '../model-in-use.ts';
import { METHODS, type ServedSignature } from '../signatures/served.ts';
import { invalidArgument } from './status.ts';

/** One class of an example. The label is empty when the signature gives none, the score 0. */
export interface ScoredClass {
  readonly label: string;
  readonly score: number;
}

/** Names that the method wants, as TensorFlow's `signature_constants`. */
const INPUTS = 'inputs';
const CLASSES = 'classes';
const SCORES = 'scores';
const OUTPUTS = 'outputs';

/**
 * @param examples serialised, one or more
 * @returns of every example its classes, in the model's order
 * @throws TfServingError when the signature is none for it, and what the model throws
 */
export async function classify(
  model: ModelInUse,
  signature: string,
  examples: readonly Uint8Array[],
  options?: RunOptions,
): Promise<readonly (readonly ScoredClass[])[]> {
  checkClassification(exampleSignature(model, signature));
  return classesIn(await model.run(signature, exampleInput(examples), options), examples.length);
}

/**
 * @param examples serialised, one or more
 * @returns a number for every example
 * @throws TfServingError when the signature is none for it, and what the model throws
 */
export async function regress(
  model: ModelInUse,
  signature: string,
  examples: readonly Uint8Array[],
  options?: RunOptions,
): Promise<readonly number[]> {
  checkRegression(exampleSignature(model, signature));
  return numbersIn(await model.run(signature, exampleInput(examples), options), examples.length);
}

export interface InferenceTask {
  readonly signature: string;
  /** `tensorflow/serving/classify` or `…/regress`. */
  readonly method: string;
}

export type TaskResult =
  | { readonly kind: 'classes'; readonly classes: readonly (readonly ScoredClass[])[] }
  | { readonly kind: 'numbers'; readonly numbers: readonly number[] };

/** Several signatures of one model on the same examples. Every task is checked before any runs. @throws TfServingError */
export function multiInference(
  model: ModelInUse,
  tasks: readonly InferenceTask[],
  examples: () => readonly Uint8Array[],
  options?: RunOptions,
): Promise<readonly TaskResult[]> {
  const seen = new Set<string>();
  for (const { signature, method } of tasks) {
    const found = exampleSignature(model, signature);
    if (seen.has(signature)) throw invalidArgument(`Duplicate evaluation of signature: ${signature}`);
    seen.add(signature);
    if (method === METHODS.classify) checkClassification(found);
    else if (method === METHODS.regress) checkRegression(found);
    else throw invalidArgument(`Unrecognized signature method_name: ${method}`);
  }
  const serialised = examples();
  return Promise.all(
    tasks.map(async ({ signature, method }): Promise<TaskResult> => {
      const outputs = await model.run(signature, exampleInput(serialised), options);
      if (method === METHODS.classify) return { kind: 'classes', classes: classesIn(outputs, serialised.length) };
      return { kind: 'numbers', numbers: numbersIn(outputs, serialised.length) };
    }),
  );
}

function exampleInput(examples: readonly Uint8Array[]): ReadonlyMap<string, TensorValue> {
  return new Map([[INPUTS, { dtype: 'DT_STRING', shape: [examples.length], data: examples }]]);
}

function exampleSignature({ signatures }: ModelInUse, name: string): ServedSignature {
  if (Object.hasOwn(signatures, name)) return signatures[name];
  throw invalidArgument(`No signature was found with the name: ${name}`);
}

function checkClassification({ inputs, outputs }: ServedSignature): void {
  const given = Object.keys(outputs);
  if (Object.keys(inputs).length !== 1) throw invalidArgument('Expected one input Tensor.');
  if (given.length !== 1 && given.length !== 2) {
    throw invalidArgument(`Expected one or two output Tensors, found ${given.length}`);
  }
  checkInput('classification', inputs);
  if (!given.includes(CLASSES) && !given.includes(SCORES)) {
    throw invalidArgument(
      `Expected classification signature outputs to contain at least one of "${CLASSES}" or "${SCORES}". Signature was: ${given}`,
    );
  }
}

function checkRegression({ inputs, outputs }: ServedSignature): void {
  const given = Object.keys(outputs);
  if (Object.keys(inputs).length !== 1) throw invalidArgument('Expected one input Tensor.');
  if (given.length !== 1) throw invalidArgument('Expected one output Tensor.');
  checkInput('regression', inputs);
  if (given[0] !== OUTPUTS) throw invalidArgument(`No regression outputs found in SignatureDef: ${given}`);
}

function checkInput(what: string, inputs: ServedSignature['inputs']): void {
  const [alias] = Object.keys(inputs);
  if (alias !== INPUTS) throw invalidArgument(`No ${what} inputs found in SignatureDef: ${alias}`);
  const { dtype } = inputs[alias];
  if (dtype === 'DT_STRING') return;
  throw invalidArgument(`Expected the input ${INPUTS} to take serialised examples, of DT_STRING. Got: ${dtype}`);
}

const utf8 = new TextDecoder();

function classesIn(outputs: ReadonlyMap<string, TensorValue>, rows: number): ScoredClass[][] {
  const classes = outputs.get(CLASSES);
  const scores = outputs.get(SCORES);
  if (classes && classes.dtype !== 'DT_STRING') {
    throw invalidArgument(`Expected classes Tensor of DT_STRING. Got: ${classes.dtype}`);
  }
  if (scores && scores.dtype !== 'DT_FLOAT') {
    throw invalidArgument(`Expected scores Tensor of DT_FLOAT. Got: ${scores.dtype}`);
  }
  const widths = [classes, scores].flatMap((tensor) => (tensor ? [widthOf(tensor, rows)] : []));
  if (widths.length === 2 && widths[0] !== widths[1]) {
    throw invalidArgument(`Tensors class and score should match in dimensions, got ${widths[0]} and ${widths[1]}`);
  }
  const [width] = widths;
  return Array.from({ length: rows }, (_, row) =>
    Array.from({ length: width }, (_, column) => ({
      label: classes ? utf8.decode(classes.data[row * width + column]) : '',
      score: scores ? scores.data[row * width + column] : 0,
    })),
  );
}

function widthOf({ shape }: TensorValue, rows: number): number {
  if (shape.length !== 2) throw invalidArgument(`Expected Tensor shape: [batch_size num_classes] but got [${shape}]`);
  if (shape[0] !== rows) throw invalidArgument(`Expected output batch size to be ${rows}; got ${shape[0]}`);
  return shape[1];
}

function numbersIn(outputs: ReadonlyMap<string, TensorValue>, rows: number): readonly number[] {
  const output = outputs.get(OUTPUTS);
  if (output?.dtype !== 'DT_FLOAT') {
    throw invalidArgument(`Expected output Tensor of DT_FLOAT. Found: ${output?.dtype ?? 'nothing'}`);
  }
  const { shape, data } = output;
  if (shape.length !== 1 && (shape.length !== 2 || shape[1] !== 1)) {
    throw invalidArgument(
      `Expected output Tensor shape to be either [batch_size] or [batch_size, 1] but got [${shape}]`,
    );
  }
  if (shape[0] !== rows) throw invalidArgument(`Expected output batch size to be ${rows}; got ${shape[0]}`);
  return Array.from(data);
}
