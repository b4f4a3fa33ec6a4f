/** @file Which export of a user's file is the network, and the network that it gives. */
import {
  type ClassLabel,
  DEFAULT_SIGNATURES,
  type ImageShape,
  type NetworkSpec,
  type SignatureSpecs,
  type TrainingDefaults,
} from '../../contracts/index.ts';
import {
  CLASSIFIER_MARK,
  type CreateModel,
  checkLabels,
  checkSignatures,
  describeNetwork,
  functional,
  type ImageClassifier,
  type Layer,
  type NetworkDefinition,
  type NetworkValue,
  type PresetShape,
  pointTo,
  readNetwork,
  sequential,
} from '../../nn/index.ts';

/** What is wrong with what a user's file exports or returns, in words; the place is added by who knows it. */
export class DefinitionError extends Error {
  readonly fix: string | undefined;

  constructor(message: string, fix?: string) {
    super(message);
    this.fix = fix;
  }
}

/** The method of the class that an error is about, where its stack does not tell. */
export const methodOfError = new WeakMap<object, keyof ImageClassifier>();

function about<T>(method: keyof ImageClassifier, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof Error) methodOfError.set(error, method);
    throw error;
  }
}

export interface Definition {
  /** What the network is called when it has no name of its own. */
  readonly name: string;
  readonly create: CreateModel;
  /** Null for a function, which has nothing beside the network. */
  readonly hooks: ImageClassifier | null;
}

export interface BuiltNetwork {
  readonly network: NetworkSpec;
  /** Null: as every model has them. */
  readonly signatures: SignatureSpecs | null;
  readonly labels: readonly ClassLabel[] | null;
}

type Exports = Readonly<Record<string, unknown>>;

/** @throws DefinitionError, listing what was found */
export function findDefinition(exports: Exports, fileStem: string): Definition {
  const all = withCommonJs(exports);
  for (const name of ['default', 'createModel']) {
    if (isCallable(all[name]) || isClassifier(all[name])) return definitionOf(all[name], fileStem, name);
  }
  const classes = Object.entries(all).filter(([, value]) => isMarked(value));
  if (classes.length === 1) return definitionOf(classes[0][1], fileStem, classes[0][0]);
  const found = Object.entries(all).map(([name, value]) => `${name} (${kindOf(value)})`);
  throw new DefinitionError(
    `It exports ${found.join(', ') || 'nothing'}; as default, or named createModel, a function (shape) => layers or a class that extends ImageClassifier was expected.`,
  );
}

/** What a CommonJS file assigns to `module.exports` comes as default. */
function withCommonJs(exports: Exports): Exports {
  const { default: assigned, 'module.exports': _whole, ...rest } = exports;
  if (typeof assigned !== 'object' || assigned === null || isClassifier(assigned)) {
    return 'default' in exports ? { default: assigned, ...rest } : rest;
  }
  return 'default' in assigned || 'createModel' in assigned ? { ...rest, ...assigned } : { default: assigned, ...rest };
}

function definitionOf(value: unknown, fileStem: string, exported: string): Definition {
  if (isClassifier(value)) return fromClassifier(value, value.constructor.name || fileStem);
  const callable = value as CreateModel & { readonly prototype?: object };
  if (isMarked(callable)) {
    if (typeof (callable.prototype as { createModelIo?: unknown }).createModelIo !== 'function') {
      throw new DefinitionError(
        `The class ${callable.name} has no method createModelIo(shape), which gives the network.`,
      );
    }
    const make = callable as unknown as new () => ImageClassifier;
    return fromClassifier(new make(), callable.name || fileStem);
  }
  if (isClass(callable)) {
    throw new DefinitionError(`The class ${callable.name || exported} does not extend ImageClassifier of pictor/nn.`);
  }
  return { name: fileStem, create: callable, hooks: null };
}

function fromClassifier(hooks: ImageClassifier, name: string): Definition {
  return { name, create: (shape) => hooks.createModelIo(shape), hooks };
}

const IMAGE_FIELDS: { readonly [K in keyof ImageShape]: true } = { height: true, width: true, channels: true };

/** Total, so that an option that training learns is an option here. */
const TRAINING_FIELDS: { readonly [K in keyof Required<TrainingDefaults>]: true } = {
  epochs: true,
  batchSize: true,
  optimizer: true,
  learningRate: true,
  momentum: true,
  nesterov: true,
  weightDecay: true,
  clipValue: true,
  clipNorm: true,
  globalClipNorm: true,
  schedule: true,
  warmupEpochs: true,
  loss: true,
  labelSmoothing: true,
  classWeights: true,
  weights: true,
  weightsChecksum: true,
  freeze: true,
  fineTuneEpochs: true,
  fineTuneRate: true,
  fineTuneFrom: true,
  validationSplit: true,
  seed: true,
  patience: true,
  replicas: true,
  threads: true,
  augment: true,
};

/** What the class wants pictures to become, and how it wants to be trained. @throws DefinitionError */
export function defaultsOf({ hooks }: Definition): {
  readonly image: Partial<ImageShape>;
  readonly training: TrainingDefaults;
} {
  if (!hooks) return { image: {}, training: {} };
  const image: unknown = hooks.imageDefaults();
  const training: unknown = hooks.trainingDefaults();
  about('imageDefaults', () => checkKeys('imageDefaults', image, IMAGE_FIELDS));
  about('imageDefaults', () => checkSize(image as Partial<ImageShape>));
  about('trainingDefaults', () => checkKeys('trainingDefaults', training, TRAINING_FIELDS));
  return { image: image as Partial<ImageShape>, training: training as TrainingDefaults };
}

/** Whether it may leave the thread. */
function isPlainData(value: unknown): boolean {
  try {
    structuredClone(value);
    return true;
  } catch {
    return false;
  }
}

function checkSize({ height, width }: Partial<ImageShape>): void {
  if ((height === undefined) === (width === undefined)) return;
  const [given, missing] = height === undefined ? ['width', 'height'] : ['height', 'width'];
  throw new DefinitionError(
    `imageDefaults() gives ${given} without ${missing}; both, or none, were expected.`,
    RETURN_FIX,
  );
}

const RETURN_FIX = 'Correct what the method returns.';

function checkKeys(method: string, value: unknown, fields: Readonly<Record<string, true>>): void {
  const known = Object.keys(fields).join(', ');
  if (value instanceof Promise) {
    // Nobody waits for it; unheard, its rejection would end the thread.
    value.catch(() => {});
    throw new DefinitionError(
      `${method}() gives a promise, which is not waited for; an object with some of ${known} was expected.`,
      RETURN_FIX,
    );
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new DefinitionError(
      `${method}() gives ${kindOf(value)}; an object with some of ${known} was expected.`,
      RETURN_FIX,
    );
  }
  for (const key of Object.keys(value)) {
    if (!Object.hasOwn(fields, key))
      throw new DefinitionError(`${method}() gives an unknown "${key}"; known are ${known}.`, RETURN_FIX);
    if (isPlainData((value as Readonly<Record<string, unknown>>)[key])) continue;
    throw new DefinitionError(`${method}() gives "${key}" as something that is no plain data.`, RETURN_FIX);
  }
}

/**
 * Calls the function, or the methods of the class, once each.
 * @throws DefinitionError; `network_invalid` naming the layer; `signature_invalid`; whatever the user's code throws
 */
export async function buildNetwork(
  { name, create, hooks }: Definition,
  shape: PresetShape,
  classes: readonly string[],
): Promise<BuiltNetwork> {
  const { classes: _count, ...image } = shape;
  const given: NetworkDefinition = await create(shape);
  const before = hooks && Array.isArray(given) ? hooks.preprocessing(shape) : [];
  const made = Array.isArray(given)
    ? sequential(name, image, [...layersOf(before, 'preprocessing'), ...layersOf(given, 'The function')])
    : isNetworkValue(given)
      ? functional(name, given)
      : networkOf(given);
  const network = readNetwork(made);
  checkFit(made as NetworkSpec, shape);
  if (!hooks) return { network, signatures: null, labels: null };
  return {
    network,
    signatures: about('signatures', () => unlessDefault(checkSignatures(hooks.signatures(), network))),
    labels: about('labels', () => unlessSame(checkLabels(hooks.labels(classes), classes), classes)),
  };
}

function layersOf(values: unknown, who: string): readonly Layer[] {
  if (!Array.isArray(values))
    throw new DefinitionError(`${who}() gives ${kindOf(values)}; a list of layers was expected.`);
  for (const [index, value] of values.entries()) {
    const { layer, config } = (value ?? {}) as Partial<Record<'layer' | 'config', unknown>>;
    if (typeof layer === 'string' && typeof config === 'object' && config !== null) continue;
    const hint = Array.isArray(value) ? ' Write ... before a list inside the list.' : '';
    const called = typeof value === 'function' ? ' It may have to be called.' : '';
    throw new DefinitionError(
      `Element ${index + 1} of the layers is ${kindOf(value)}; a layer, such as dense({ units: 10 }), was expected.${hint}${called}`,
      'Return a list of layers, such as [flatten(), dense({ units: shape.classes })].',
    );
  }
  return values as readonly Layer[];
}

/** Also of another copy of this package. */
function isNetworkValue(value: unknown): value is NetworkValue {
  return typeof value === 'object' && value !== null && 'layer' in value && 'inputs' in value && 'image' in value;
}

function networkOf(value: unknown): object {
  if (typeof value === 'object' && value !== null && 'nodes' in value) return value;
  const forgotten = value === undefined ? ' A return may be missing.' : '';
  throw new DefinitionError(
    `The function gives ${kindOf(value)}; a list of layers, or a network, was expected.${forgotten}`,
  );
}

function checkFit(network: NetworkSpec, { classes, ...image }: PresetShape): void {
  const size = ({ height, width, channels }: ImageShape) => `${height} x ${width} x ${channels}`;
  if (size(network.input) !== size(image)) {
    throw new DefinitionError(
      `The network takes pictures of ${size(network.input)}; those of the dataset become ${size(image)}.`,
      'Use the shape that the function is given, or say the size with --image-size and --channels, or in imageDefaults().',
    );
  }
  const last = describeNetwork(network).layers.find((layer) => layer.name === network.output);
  const [outputs] = last?.outputShape ?? [];
  if (outputs === classes) return;
  const problem = new DefinitionError(
    `The last layer "${network.output}" gives ${outputs} numbers; the dataset has ${classes} classes.`,
    'Use the number of classes that the function is given, as in dense({ units: shape.classes }).',
  );
  throw pointTo(
    problem,
    network.nodes.find((node) => node.name === network.output),
  );
}

function unlessDefault(signatures: SignatureSpecs): SignatureSpecs | null {
  return JSON.stringify(signatures) === JSON.stringify(DEFAULT_SIGNATURES) ? null : signatures;
}

function unlessSame(labels: readonly string[], classes: readonly string[]): readonly ClassLabel[] | null {
  if (labels.every((label, index) => label === classes[index])) return null;
  return labels.map((label, index) => ({ class: classes[index], label }));
}

function isCallable(value: unknown): boolean {
  return typeof value === 'function';
}

function isMarked(value: unknown): boolean {
  return typeof value === 'function' && (value as { [CLASSIFIER_MARK]?: unknown })[CLASSIFIER_MARK] === true;
}

function isClassifier(value: unknown): value is ImageClassifier {
  return typeof value === 'object' && value !== null && isMarked(value.constructor);
}

function isClass(value: unknown): boolean {
  return typeof value === 'function' && /^class\b/.test(Function.prototype.toString.call(value));
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return 'a list';
  if (isClass(value)) return 'a class';
  if (typeof value === 'object')
    return `an object with ${Object.keys(value).slice(0, 8).join(', ') || 'nothing in it'}`;
  return `a ${typeof value}`;
}
