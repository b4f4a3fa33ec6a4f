/** @file Signatures of models that are made of Pictor's layers: pixels, picture files or `tf.Example`s in. */
import {
  DEFAULT_SIGNATURES,
  EXAMPLE_PICTURE,
  type ImageShape,
  type InputRange,
  type ModelManifest,
  type NetworkSpec,
  type ServedOutput,
  type SignatureSpec,
} from '../../contracts/index.ts';
import { describeNetwork, LAYER_OUTPUT } from '../../nn/index.ts';
import type { ByteScale } from '../../runtime/index.ts';
import {
  DEFAULT_SIGNATURE,
  type FeedPlan,
  METHODS,
  type OutputPlan,
  type PictureFeed,
  type PicturePlan,
  type ServedTensor,
  type SignaturePlan,
} from './served.ts';

/** Names in the graphs that Pictor makes. */
const PIXELS_NODE = 'input_tensor';
const PROBABILITIES_NODE = 'output_0';

export const BYTE_SCALES: { readonly [R in InputRange]: ByteScale } = {
  '0..255': { divisor: 1, offset: 0 },
  '0..1': { divisor: 255, offset: 0 },
  '-1..1': { divisor: 127.5, offset: -1 },
};

export type NetworkManifest = Pick<ModelManifest, 'signatures' | 'inputRange'> & {
  readonly input: ImageShape;
  readonly network: NetworkSpec;
};

/** @param graph name of the version's graph */
export function networkPlans(manifest: NetworkManifest, labels: readonly string[], graph: string): SignaturePlan[] {
  const specs = Object.entries<SignatureSpec>(manifest.signatures ?? DEFAULT_SIGNATURES);
  return specs.map(([name, spec]) => planOf(name, spec, { manifest, labels, graph }));
}

export function networkPicturePlan(manifest: NetworkManifest, labels: readonly string[], graph: string): PicturePlan {
  const plan = planOf(DEFAULT_SIGNATURE, DEFAULT_SIGNATURES.serving_default, { manifest, labels, graph });
  // Also of a model whose own signature gives logits: its graph has both, and softmax is not taken twice.
  return { plan, picture: pictureOf(manifest), node: PROBABILITIES_NODE, answers: 'probabilities' };
}

/** Shape of what a layer gives, without the batch, as Keras has it. */
export function layerShape(network: NetworkSpec, layer: string): readonly number[] {
  return describeNetwork(network).layers.find(({ name }) => name === layer)?.outputShape ?? [];
}

interface Context {
  readonly manifest: NetworkManifest;
  readonly labels: readonly string[];
  readonly graph: string;
}

function planOf(name: string, { input, outputs }: SignatureSpec, context: Context): SignaturePlan {
  const { manifest, graph } = context;
  const entries = Object.entries<ServedOutput>(outputs).map(([alias, output]) => {
    return { alias, info: outputInfo(output, context), plan: outputPlan(output, context) };
  });
  const taken = inputInfo(input, manifest.input);
  const served = {
    method: input.kind === 'examples' ? METHODS.classify : METHODS.predict,
    inputs: { [input.name]: { ...taken, tensor: `${name}_${input.name}:0` } },
    outputs: Object.fromEntries(
      entries.map(({ alias, info }) => [alias, { ...info, tensor: `StatefulPartitionedCall_${alias}:0` }]),
    ),
    examples: input.kind === 'examples' ? { [input.name]: EXAMPLE_FEATURES } : null,
  };
  const feeds = [feedOf(input, manifest)];
  const plans = Object.fromEntries(entries.map(({ alias, plan }) => [alias, plan]));
  return { name, served, graph, feeds, outputs: plans, rows: 'free' };
}

const EXAMPLE_FEATURES = {
  [PIXELS_NODE]: { key: EXAMPLE_PICTURE, dtype: 'DT_STRING', shape: [], default: null },
} as const;

function feedOf({ name: alias, kind, shape }: SignatureSpec['input'], manifest: NetworkManifest): FeedPlan {
  const { height, width, channels } = manifest.input;
  switch (kind) {
    case 'pixels':
      return { kind: 'tensor', alias, node: PIXELS_NODE, row: shape ? [height, width, channels] : null };
    case 'pictures':
      return { kind: 'pictures', alias, picture: pictureOf(manifest) };
    case 'examples':
      return { kind: 'examplePictures', alias, feature: EXAMPLE_PICTURE, picture: pictureOf(manifest) };
  }
}

function pictureOf({ input: image, inputRange = '0..255' }: NetworkManifest): PictureFeed {
  const { height, width, channels } = image;
  const scale = BYTE_SCALES[inputRange];
  return { node: PIXELS_NODE, image, shape: [height, width, channels], channelsFirst: false, scale };
}

function inputInfo({ kind, shape }: SignatureSpec['input'], { height, width, channels }: ImageShape) {
  if (kind === 'pixels') return { dtype: 'DT_FLOAT', shape: [-1, ...(shape ?? [height, width, channels])] } as const;
  return { dtype: 'DT_STRING', shape: [-1] } as const;
}

function outputInfo(output: ServedOutput, { manifest, labels }: Context): Omit<ServedTensor, 'tensor'> {
  const classes = labels.length;
  switch (output.kind) {
    case 'probabilities':
      return { dtype: 'DT_FLOAT', shape: [-1, output.classes?.length ?? classes] };
    case 'logits':
      return { dtype: 'DT_FLOAT', shape: [-1, classes] };
    case 'layer':
      return { dtype: 'DT_FLOAT', shape: [-1, ...layerShape(manifest.network, output.layer)] };
    case 'labels':
      return { dtype: 'DT_STRING', shape: [-1, classes] };
    case 'topLabels':
      return { dtype: 'DT_STRING', shape: [-1, Math.min(output.count, classes)] };
    case 'topProbabilities':
      return { dtype: 'DT_FLOAT', shape: [-1, Math.min(output.count, classes)] };
  }
}

function outputPlan(output: ServedOutput, { manifest, labels }: Context): OutputPlan {
  const node = PROBABILITIES_NODE;
  const classes = labels.length;
  switch (output.kind) {
    case 'probabilities':
      return output.classes ? { kind: 'columns', node, columns: output.classes } : { kind: 'node', node };
    case 'logits':
      return { kind: 'node', node: `${LAYER_OUTPUT}${manifest.network.output}` };
    case 'layer':
      return { kind: 'node', node: `${LAYER_OUTPUT}${output.layer}` };
    case 'labels':
      return { kind: 'labels', node, count: classes };
    case 'topLabels':
      return { kind: 'topLabels', node, count: Math.min(output.count, classes) };
    case 'topProbabilities':
      return { kind: 'topValues', node, count: Math.min(output.count, classes) };
  }
}
