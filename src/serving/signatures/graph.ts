/** @file Signatures of graphs that were made elsewhere: their own names, tensor for tensor. */
import type { GraphSignature, GraphTensor, ImageShape, ModelManifest, TensorInfo } from '../../contracts/index.ts';
import {
  type FeedPlan,
  type PictureFeed,
  type PicturePlan,
  rowRuleOf,
  type ServedTensor,
  type SignaturePlan,
} from './served.ts';
import { BYTE_SCALES } from './trained.ts';

export function graphPlans(signatures: Readonly<Record<string, GraphSignature>>): SignaturePlan[] {
  return Object.entries(signatures).map(([name, signature]) => planOf(name, signature));
}

function planOf(name: string, signature: GraphSignature): SignaturePlan {
  const { method, graph, inputs, outputs, examples } = signature;
  const nodes = Object.entries(outputs).map(([alias, { node }]) => [alias, { kind: 'node', node }] as const);
  return {
    name,
    served: { method, inputs: served(inputs), outputs: served(outputs), examples: examples ?? null },
    graph,
    feeds: Object.entries(inputs).map(([alias, tensor]) => feedOf(alias, tensor, signature)),
    outputs: Object.fromEntries(nodes),
    rows: rowRuleOf([...Object.values(inputs), ...Object.values(outputs)]),
  };
}

function served(tensors: Readonly<Record<string, GraphTensor>>): Record<string, ServedTensor> {
  return Object.fromEntries(
    Object.entries(tensors).map(([alias, { dtype, shape, tensor }]) => [alias, { dtype, shape, tensor }]),
  );
}

function feedOf(alias: string, { node }: GraphTensor, { examples, pictures = {} }: GraphSignature): FeedPlan {
  if (examples && Object.hasOwn(examples, alias)) {
    const features = examples[alias];
    const taken = Object.entries(pictures).filter(([name]) => Object.hasOwn(features, name));
    return { kind: 'examples', alias, features, pictures: Object.fromEntries(taken) };
  }
  if (Object.hasOwn(pictures, alias)) return { kind: 'preparedPictures', alias, files: pictures[alias] };
  return { kind: 'tensor', alias, node, row: null };
}

/** The signature's own graph, and those that prepare its pictures. */
export function graphNames({ graph, feeds }: SignaturePlan): string[] {
  const prepared = feeds.flatMap((feed) => {
    if (feed.kind === 'preparedPictures') return [feed.files];
    return feed.kind === 'examples' ? Object.values(feed.pictures) : [];
  });
  return [graph, ...prepared.map((files) => files.graph)];
}

/** How the model answers a picture; null when no signature takes one. */
export function graphPicturePlan(
  manifest: Pick<ModelManifest, 'input' | 'inputRange' | 'inputLayout' | 'pictureSignature' | 'answers'>,
  plans: readonly SignaturePlan[],
): PicturePlan | null {
  const { input, pictureSignature: told, answers = 'probabilities' } = manifest;
  if (!input || !told) return null;
  const plan = plans.find(({ name }) => name === told.name);
  const feed = plan?.feeds.find(({ alias }) => alias === told.input);
  if (!plan || !feed || plan.feeds.length !== 1 || !Object.hasOwn(plan.outputs, told.output)) return null;
  const picture = pictureOf(feed, plan, input, manifest);
  return picture && { plan, picture, node: plan.outputs[told.output].node, answers };
}

function pictureOf(
  feed: FeedPlan,
  { served: { inputs } }: SignaturePlan,
  image: ImageShape,
  { inputRange = '0..255', inputLayout }: Pick<ModelManifest, 'inputRange' | 'inputLayout'>,
): PictureFeed | null {
  if (feed.kind !== 'tensor') return null;
  const { dtype, shape } = inputs[feed.alias];
  if (dtype !== 'DT_FLOAT' && dtype !== 'DT_UINT8') return null;
  const { height, width, channels } = image;
  const channelsFirst = inputLayout === 'channelsFirst';
  const whole = channelsFirst ? [channels, height, width] : [height, width, channels];
  const own = rowShape(shape, whole, image);
  if (!own) return null;
  return {
    node: feed.node,
    image,
    shape: own,
    channelsFirst,
    scale: dtype === 'DT_UINT8' ? null : BYTE_SCALES[inputRange],
  };
}

/** The shape of one picture in the tensor; null when it holds none of this size. */
function rowShape(shape: TensorInfo['shape'], whole: readonly number[], image: ImageShape): readonly number[] | null {
  if (shape === null) return whole;
  const sides = shape.slice(1);
  const { height, width, channels } = image;
  const forms = [whole, [height * width * channels], ...(channels === 1 ? [[height, width]] : [])];
  const fits = (form: readonly number[]) =>
    form.length === sides.length && form.every((side, i) => sides[i] === -1 || sides[i] === side);
  return forms.find(fits) ?? null;
}
