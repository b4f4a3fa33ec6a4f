/** @file What a served model takes and gives: named tensors with types and shapes. */
import {
  DEFAULT_SIGNATURES,
  type ImageShape,
  type ModelManifest,
  type NetworkSpec,
  type ServedOutput,
  type SignatureSpec,
} from '../contracts/index.ts';
import { describeNetwork } from '../nn/index.ts';

export type DataType = 'DT_FLOAT' | 'DT_STRING';

/** -1 is any size. */
export interface TensorInfo {
  readonly dtype: DataType;
  readonly shape: readonly number[];
}

export interface Signature {
  readonly inputs: Readonly<Record<string, TensorInfo>>;
  readonly outputs: Readonly<Record<string, TensorInfo>>;
  /** Name of the one input. */
  readonly input: string;
  /** What is in the outputs, by their names. */
  readonly served: Readonly<Record<string, ServedOutput>>;
}

export const DEFAULT_SIGNATURE = 'serving_default';

/** By name. */
export type Signatures = Readonly<Record<string, Signature>>;

/** Those that the network's author chose, else the two of every model, which give probabilities in the order of the labels. */
export function signaturesOf(manifest: ServedManifest): Signatures {
  const specs = Object.entries<SignatureSpec>(manifest.signatures ?? DEFAULT_SIGNATURES);
  return Object.fromEntries(specs.map(([name, spec]) => [name, signatureOf(spec, manifest)]));
}

/** The manifest of a version that takes pictures and is made of Pictor's layers. */
export type PictureManifest = ModelManifest & { readonly input: ImageShape; readonly network: NetworkSpec };

export type ServedManifest = Pick<PictureManifest, 'input' | 'labels' | 'network' | 'signatures'>;

function signatureOf({ input, outputs }: SignatureSpec, manifest: ServedManifest): Signature {
  const { height, width, channels } = manifest.input;
  const taken: TensorInfo =
    input.kind === 'pixels'
      ? { dtype: 'DT_FLOAT', shape: [-1, ...(input.shape ?? [height, width, channels])] }
      : { dtype: 'DT_STRING', shape: [-1] };
  const given = Object.entries(outputs).map(([name, output]) => [name, outputInfo(output, manifest)]);
  return { inputs: { [input.name]: taken }, outputs: Object.fromEntries(given), input: input.name, served: outputs };
}

function outputInfo(output: ServedOutput, { labels, network }: ServedManifest): TensorInfo {
  switch (output.kind) {
    case 'probabilities':
      return { dtype: 'DT_FLOAT', shape: [-1, output.classes?.length ?? labels.length] };
    case 'logits':
      return { dtype: 'DT_FLOAT', shape: [-1, labels.length] };
    case 'layer':
      return { dtype: 'DT_FLOAT', shape: [-1, ...layerShape(network, output.layer)] };
    case 'topLabels':
      return { dtype: 'DT_STRING', shape: [-1, Math.min(output.count, labels.length)] };
    case 'topProbabilities':
      return { dtype: 'DT_FLOAT', shape: [-1, Math.min(output.count, labels.length)] };
  }
}

/** Without the batch, as Keras has it. */
export function layerShape(network: NetworkSpec, layer: string): readonly number[] {
  return describeNetwork(network).layers.find(({ name }) => name === layer)?.outputShape ?? [];
}
