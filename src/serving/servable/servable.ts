/** @file What can be served: signatures with their plans, and the graphs behind them. Nothing is loaded yet. */
import { type ImageShape, type ModelManifest, PictorError } from '../../contracts/index.ts';
import { describeNetwork } from '../../nn/index.ts';
import { graphNames, graphPicturePlan, graphPlans } from '../signatures/graph.ts';
import type { PicturePlan, ServedSignatures, SignaturePlan } from '../signatures/served.ts';
import { networkPicturePlan, networkPlans } from '../signatures/trained.ts';

/** Facts of a manifest that serving needs; what was opened from a file of another tool has them, too. */
export type ServableFacts = Pick<
  ModelManifest,
  | 'labels'
  | 'input'
  | 'inputRange'
  | 'inputLayout'
  | 'pictureSignature'
  | 'network'
  | 'signatures'
  | 'graphSignatures'
  | 'answers'
>;

export interface Servable {
  /** Null when it was opened from a file of another tool. */
  readonly manifest: ModelManifest | null;
  /** In the order of the outputs; numbers when nobody told them. */
  readonly labels: readonly string[];
  /** Of the pictures that it takes; null when it takes none. */
  readonly input: ImageShape | null;
  readonly plans: ReadonlyMap<string, SignaturePlan>;
  readonly signatures: ServedSignatures;
  readonly picture: PicturePlan | null;
  /** Files or bytes, by the names that the plans use. */
  readonly graphs: ReadonlyMap<string, string | Uint8Array>;
  /** Folder of the version. */
  readonly folder: string;
  /** Estimate of what one loaded copy takes. */
  readonly bytes: number;
  /** What was assumed of a file of another tool, in whole sentences. */
  readonly notes: readonly string[];
}

/** Name of the graph of models that are made of layers. */
export const NETWORK_GRAPH = 'model.onnx';

/** @throws `model_broken` when the facts do not fit together */
export function servableOf(
  facts: ServableFacts,
  graphs: Servable['graphs'],
  more: {
    readonly manifest: ModelManifest | null;
    readonly bytes: number;
    readonly what: string;
    readonly folder: string;
    readonly notes?: readonly string[];
  },
): Servable {
  const labels = labelsOf(facts);
  const { network, input } = facts;
  const isNetwork = network !== null && input !== null;
  const plans = isNetwork
    ? networkPlans({ ...facts, network, input }, labels, NETWORK_GRAPH)
    : graphPlans(facts.graphSignatures ?? {});
  if (plans.length === 0) throw new PictorError('model_broken', `${more.what} cannot be served: it has no signatures.`);
  const needed = plans.flatMap((plan) => graphNames(plan).map((graph) => ({ name: plan.name, graph })));
  for (const { name, graph } of needed) {
    if (graphs.has(graph)) continue;
    throw new PictorError('model_broken', `${more.what} cannot be served: signature "${name}" has no graph ${graph}.`);
  }
  const picture = isNetwork
    ? networkPicturePlan({ ...facts, network, input }, labels, NETWORK_GRAPH)
    : graphPicturePlan(facts, plans);
  return {
    manifest: more.manifest,
    labels,
    input: picture ? input : null,
    plans: new Map(plans.map((plan) => [plan.name, plan])),
    signatures: Object.fromEntries(plans.map((plan) => [plan.name, plan.served])),
    picture,
    graphs,
    bytes: more.bytes,
    folder: more.folder,
    notes: more.notes ?? [],
  };
}

function labelsOf({ labels, network }: ServableFacts): readonly string[] {
  if (labels.length > 0 || !network) return labels;
  const last = describeNetwork(network).layers.find(({ name }) => name === network.output);
  const classes = last?.outputShape.at(-1) ?? 0;
  return Array.from({ length: classes }, (_, index) => String(index));
}
