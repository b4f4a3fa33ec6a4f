/**
 * @file Reads a Keras model's description: `model_config` of HDF5 files and TF.js, `config.json` of `.keras` files.
 *
 * Keras 2 gives the calls of a layer as lists `["name", call, tensor, { … }]`, Keras 3 as `{ args, kwargs }` with tensors in
 * them; a Sequential model has no calls at all. Sources: keras/src/models/functional.py, keras/src/models/sequential.py.
 */
import { badConfig, type Fields, fieldsOf, isFields, listOf, requiredText, textOf } from './fields.ts';
import {
  type CallArgument,
  INPUT_LAYER,
  type LayerCall,
  type LayerConfig,
  type ModelConfig,
  type TensorRef,
} from './model-config.ts';

/** Of models in models; people nest two or three. */
const MAX_DEPTH = 20;
/** As for the layers of a network of ours: what is published must be readable again. */
const MAX_NAME = 200;
/** Layers of one model; Keras' own largest has some thousand. */
const MAX_LAYERS = 10_000;

const MODEL_CLASSES: Readonly<Record<string, ModelConfig['kind']>> = {
  Sequential: 'Sequential',
  Functional: 'Functional',
  // Keras before 2.3.
  Model: 'Functional',
};

/** @throws `model_file_invalid` */
export function parseModel(value: unknown, depth = 0): ModelConfig {
  if (depth > MAX_DEPTH) throw badConfig(`models are nested more than ${MAX_DEPTH} deep`);
  const fields = fieldsOf(value);
  const className = requiredText(fields, 'class_name', 'the model');
  if (!Object.hasOwn(MODEL_CLASSES, className)) throw badConfig(`"${className}" is no Sequential or Functional model`);
  const kind = MODEL_CLASSES[className];
  // Keras before 2.2.3 has the layers of a Sequential themselves there.
  const config: Fields = Array.isArray(fields.config) ? { layers: fields.config } : fieldsOf(fields.config);
  const entries = listOf(config.layers);
  if (entries.length === 0) throw badConfig('it has no layers');
  if (entries.length > MAX_LAYERS) throw badConfig(`it has more than ${MAX_LAYERS} layers`);
  const name = textOf(config.name) ?? textOf(fields.name) ?? kind.toLowerCase();
  const common = { name, kind, trainable: config.trainable !== false };
  return kind === 'Sequential'
    ? { ...common, ...sequentialLayers(config, entries, depth) }
    : { ...common, ...functionalLayers(config, entries, depth) };
}

export function isModelClass(className: string): boolean {
  return Object.hasOwn(MODEL_CLASSES, className);
}

type Parts = Pick<ModelConfig, 'layers' | 'inputs' | 'outputs'>;

function parseLayer(value: unknown, calls: (fields: Fields) => readonly LayerCall[], depth: number): LayerConfig {
  const fields = fieldsOf(value);
  const className = requiredText(fields, 'class_name', 'a layer');
  const config = fieldsOf(fields.config);
  const model = isModelClass(className) ? parseModel(fields, depth + 1) : null;
  // A list of layers has no name of its own.
  const name = textOf(fields.name) ?? textOf(config.name) ?? model?.name ?? null;
  if (name === null) throw badConfig(`a layer of class ${className} has no name`);
  if (name.length > MAX_NAME)
    throw badConfig(`a layer's name has ${name.length} characters; at most ${MAX_NAME} are read`);
  const registeredName = textOf(fields.registered_name);
  const module = textOf(fields.module);
  return { name, className, module, registeredName, config, model, calls: calls(fields) };
}

const FIRST_CALL = { call: 0, tensor: 0 };

function sequentialLayers(config: Fields, entries: readonly unknown[], depth: number): Parts {
  let previous: string | null = null;
  const layers: LayerConfig[] = [];
  for (const entry of entries) {
    const takes: LayerCall[] = previous === null ? [] : [callOf([{ ref: { layer: previous, ...FIRST_CALL } }])];
    const layer = parseLayer(entry, () => takes, depth);
    if (layers.length === 0 && layer.className !== INPUT_LAYER) {
      const input = inputBefore(layer, config);
      layers.push(input);
      layers.push({ ...layer, calls: [callOf([{ ref: { layer: input.name, ...FIRST_CALL } }])] });
    } else layers.push(layer);
    previous = layer.name;
  }
  const last = layers[layers.length - 1];
  return {
    layers,
    inputs: [{ layer: layers[0].name, ...FIRST_CALL }],
    outputs: [{ layer: last.name, ...FIRST_CALL }],
  };
}

/** What Keras makes of the shape that a first layer was given. */
function inputBefore(first: LayerConfig, config: Fields): LayerConfig {
  const shape =
    shapeIn(first.config) ??
    (Array.isArray(config.build_input_shape) ? config.build_input_shape : null) ??
    inputShapeOf(first.model);
  const name = `${first.name}_input`;
  return {
    name,
    className: INPUT_LAYER,
    module: null,
    registeredName: null,
    config: { name, batch_shape: shape },
    model: null,
    calls: [],
  };
}

function shapeIn(config: Fields): readonly unknown[] | null {
  for (const key of ['batch_shape', 'batch_input_shape']) {
    const shape = config[key];
    if (Array.isArray(shape)) return shape;
  }
  if (Array.isArray(config.input_shape)) return [null, ...config.input_shape];
  return null;
}

function inputShapeOf(model: ModelConfig | null): readonly unknown[] | null {
  const input = model?.layers.find(({ name }) => name === model.inputs[0]?.layer);
  return input ? shapeIn(input.config) : null;
}

/** Shape of an input layer with the batch first; null when the file does not tell. */
export function inputShape({ config }: LayerConfig): readonly unknown[] | null {
  return shapeIn(config);
}

function functionalLayers(config: Fields, entries: readonly unknown[], depth: number): Parts {
  const parsed = entries.map((entry) =>
    parseLayer(entry, (fields) => listOf(fields.inbound_nodes).map(parseCall), depth),
  );
  const isCurrent = entries.some((entry) => isFields(listOf(fieldsOf(entry).inbound_nodes)[0]));
  const inputs = tensorRefs(config.input_layers);
  const outputs = tensorRefs(config.output_layers);
  if (inputs.length === 0 || outputs.length === 0) throw badConfig('it names no inputs or no outputs');
  return { inputs, ...fromZero(parsed, outputs, isCurrent) };
}

/** `["name", call, tensor]`, or a list or object of them. */
function tensorRefs(value: unknown): TensorRef[] {
  const ref = legacyRef(value);
  if (ref) return [ref];
  if (Array.isArray(value)) return value.flatMap(tensorRefs);
  return isFields(value) ? Object.values(value).flatMap(tensorRefs) : [];
}

function legacyRef(value: unknown): TensorRef | null {
  if (!Array.isArray(value) || typeof value[0] !== 'string' || value.length < 3 || value.length > 4) return null;
  const [layer, call, tensor] = value;
  return isIndex(call) && isIndex(tensor) ? { layer, call, tensor } : null;
}

function isIndex(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0;
}

function parseCall(node: unknown): LayerCall {
  if (isFields(node)) return currentCall(node);
  // One tensor of an operation stands alone, others in a list.
  const entries = listOf(node);
  const tensors = typeof entries[0] === 'string' ? [entries] : entries;
  let named: Record<string, CallArgument> = {};
  const given = tensors.map((tensor): CallArgument => {
    const parts = listOf(tensor);
    named = { ...named, ...namedArguments(fieldsOf(parts[3])) };
    if (parts[0] === '_CONSTANT_VALUE') return { constant: parts[2] };
    const ref = legacyRef(tensor);
    if (!ref) throw badConfig('a call of a layer is not readable');
    return { ref };
  });
  return { arguments: given, named, isList: given.length > 1 };
}

function namedArguments(kwargs: Fields): Record<string, CallArgument> {
  return Object.fromEntries(
    Object.entries(kwargs).map(([key, value]): [string, CallArgument] => {
      const ref = legacyRef(value) ?? currentRef(value);
      return [key, ref ? { ref } : { constant: value }];
    }),
  );
}

function currentCall(node: Fields): LayerCall {
  const args = listOf(node.args);
  const isList = args.length === 1 && Array.isArray(args[0]);
  const given = (isList ? listOf(args[0]) : args).map((value): CallArgument => {
    const ref = currentRef(value);
    return ref ? { ref } : { constant: value };
  });
  return { arguments: given, named: namedArguments(fieldsOf(node.kwargs)), isList };
}

function currentRef(value: unknown): TensorRef | null {
  if (!isFields(value) || value.class_name !== '__keras_tensor__') return null;
  return legacyRef(fieldsOf(value.config).keras_history);
}

function callOf(given: readonly CallArgument[]): LayerCall {
  return { arguments: given, named: {}, isList: false };
}

/**
 * Calls of a model in the model are counted from 1, as it was called once when it was made: by Keras 3 only where it names
 * the outputs, and not for Sequential; by Keras 2 everywhere, but not for all.
 */
function fromZero(
  layers: readonly LayerConfig[],
  outputs: readonly TensorRef[],
  isCurrent: boolean,
): Pick<ModelConfig, 'layers' | 'outputs'> {
  const models = layers.filter(({ model }) => model !== null);
  const lowest = lowestCalls(layers, outputs);
  const fromOne = isCurrent
    ? models.filter(({ model }) => model?.kind === 'Functional')
    : models.filter(({ name }) => (lowest.get(name) ?? 0) >= 1);
  const names = new Set(fromOne.map(({ name }) => name));
  const moved = (ref: TensorRef): TensorRef =>
    names.has(ref.layer) ? { ...ref, call: Math.max(ref.call - 1, 0) } : ref;
  const movedArgument = (argument: CallArgument): CallArgument =>
    'ref' in argument ? { ref: moved(argument.ref) } : argument;
  const movedCall = (call: LayerCall): LayerCall => ({
    ...call,
    arguments: call.arguments.map(movedArgument),
    named: Object.fromEntries(Object.entries(call.named).map(([key, value]) => [key, movedArgument(value)])),
  });
  return {
    layers: isCurrent ? layers : layers.map((layer) => ({ ...layer, calls: layer.calls.map(movedCall) })),
    outputs: outputs.map(moved),
  };
}

/** Every call in a description leads to its outputs, so the first of each layer is asked for. */
function lowestCalls(layers: readonly LayerConfig[], outputs: readonly TensorRef[]): ReadonlyMap<string, number> {
  const lowest = new Map<string, number>();
  const note = ({ layer, call }: TensorRef): void => {
    lowest.set(layer, Math.min(lowest.get(layer) ?? call, call));
  };
  outputs.forEach(note);
  for (const { calls } of layers) {
    for (const { arguments: given, named } of calls) {
      for (const argument of [...given, ...Object.values(named)]) if ('ref' in argument) note(argument.ref);
    }
  }
  return lowest;
}
