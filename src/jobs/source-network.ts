/** @file The network of what a run starts from, for runs that name weights but no network. */
import path from 'node:path';
import { type InputRange, type NetworkSpec, PictorError, type TrainingRequest } from '../contracts/index.ts';
import { detectFormat, importModel, weightsFile } from '../formats/index.ts';
import { describeNetwork } from '../nn/index.ts';
import type { JobSettings } from './rooms.ts';

/** What brings pixels 0..255 into a range, as a layer in front of the network. */
const SCALES = {
  '0..255': null,
  '0..1': { scale: 1 / 255 },
  '-1..1': { scale: 1 / 127.5, offset: -1 },
} as const satisfies Record<InputRange, object | null>;

interface FoundNetwork {
  readonly spec: NetworkSpec;
  readonly inputRange: InputRange;
}

/**
 * @returns null when the run names a network, or its weights come without one
 * @throws `training_option_invalid` for a model that is not made of Pictor's layers; what reads the source throws
 */
export async function sourceNetwork(
  settings: JobSettings,
  request: TrainingRequest,
  signal: AbortSignal,
): Promise<NetworkSpec | null> {
  const { weights, model, network } = request;
  if (!weights || model !== undefined || network || weights.kind === 'published') return null;
  const found = weights.kind === 'model' ? await ofModel(settings, weights) : await ofFile(settings, request, signal);
  return found && withScale(found);
}

async function ofModel(
  { registry }: JobSettings,
  { name, version }: { readonly name: string; readonly version?: number },
): Promise<FoundNetwork> {
  const manifest = await registry.manifest(name, version);
  const { network, inputRange = '0..255' } = manifest;
  if (network) return { spec: network, inputRange };
  throw notTrainable(`${name}:${manifest.version}`);
}

async function ofFile(
  settings: JobSettings,
  { weights, weightsChecksum }: TrainingRequest,
  signal: AbortSignal,
): Promise<FoundNetwork | null> {
  if (weights?.kind !== 'file' && weights?.kind !== 'url') return null;
  const file = await weightsFile(weights, {
    cacheDirectory: path.join(settings.dataDirectory, 'cache', 'weights'),
    urls: settings.urls,
    signal,
    ...(weightsChecksum === undefined ? {} : { checksum: weightsChecksum }),
    ...(settings.limits ? { limits: settings.limits } : {}),
  });
  const format = await detectFormat(file.path).catch(() => null);
  if (format !== 'keras' && format !== 'keras-h5' && format !== 'tfjs') return null;
  // Files of weights alone have no network: it is chosen by the dataset then, as for other weights.
  const model = await importModel(file.path, { format, signal }).catch(() => null);
  return model?.network ? { spec: model.network.spec, inputRange: model.inputRange ?? '0..255' } : null;
}

/** Training gives pixels 0..255. */
function withScale({ spec, inputRange }: FoundNetwork): NetworkSpec {
  const config = SCALES[inputRange];
  if (config === null) return spec;
  const taken = new Set(spec.nodes.map((node) => node.name));
  let name = 'rescaling';
  for (let i = 1; taken.has(name); i += 1) name = `rescaling_${i}`;
  const nodes = spec.nodes.map((node) => ({
    ...node,
    inputs: node.inputs.map((input) => (input === 'input' ? name : input)),
  }));
  return {
    ...spec,
    nodes: [{ name, layer: 'Rescaling', config, inputs: ['input'] }, ...nodes] as NetworkSpec['nodes'],
  };
}

/**
 * The network for another number of classes: its last Dense or Conv2D gives as many, and begins at random.
 * @throws `training_option_invalid` when nothing in its head can be changed so
 */
export function forClasses(spec: NetworkSpec, classes: number): NetworkSpec {
  const last = describeNetwork(spec).layers.find(({ name }) => name === spec.output);
  if (last?.outputShape.at(-1) === classes) return spec;
  for (let name = spec.output; ; ) {
    const node = spec.nodes.find((candidate) => candidate.name === name);
    if (node?.layer === 'Dense') return replaced(spec, name, { ...node.config, units: classes });
    if (node?.layer === 'Conv2D') return replaced(spec, name, { ...node.config, filters: classes });
    const [input, ...others] = node?.inputs ?? [];
    if (!input || others.length > 0 || node?.layer === 'BatchNormalization') throw noHead(spec.name, classes);
    name = input;
  }
}

function replaced(spec: NetworkSpec, name: string, config: object): NetworkSpec {
  const nodes = spec.nodes.map((node) => (node.name === name ? { ...node, config } : node));
  return { ...spec, nodes: nodes as NetworkSpec['nodes'] };
}

function noHead(name: string, classes: number): PictorError {
  return new PictorError(
    'training_option_invalid',
    `The head of network "${name}" cannot be made one for ${classes} classes.`,
    {
      details: { option: 'weights' },
      fix: 'Name a network with --model, or train with as many classes as the network has.',
    },
  );
}

function notTrainable(name: string): PictorError {
  return new PictorError(
    'training_option_invalid',
    `${name} is a graph that was made elsewhere: it can be served, not trained.`,
    {
      details: { option: 'weights' },
      fix: 'Import the Keras file that it was made from, or name a network with --model and other weights.',
    },
  );
}
