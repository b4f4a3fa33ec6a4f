/** @file TFaaS' `params.json`: what is said about a model, made from its manifest. */
import type { ModelManifest } from '../../contracts/index.ts';

export interface TfaasParams {
  readonly name: string;
  /** File names, as they are in a bundle. */
  readonly model: string;
  readonly labels: string;
  readonly options: readonly string[];
  /** Operators of the graph. */
  readonly input_name: string;
  readonly output_name: string;
  readonly input_node: string;
  readonly output_node: string;
  /** 0 when the model takes no pictures. */
  readonly img_channels: number;
  readonly description: string;
  readonly timestamp: string;
}

export function tfaasParams(manifest: ModelManifest): TfaasParams {
  const { name, version, createdAt, input, network, origin } = manifest;
  const [inputTensor, outputTensor] = tensorsOf(manifest);
  const made = origin
    ? `${origin.format}${origin.producer ? `, ${origin.producer}` : ''}`
    : (network?.name ?? 'Pictor');
  return {
    name,
    model: 'saved_model.pb',
    labels: 'labels.txt',
    options: [],
    input_name: withoutIndex(inputTensor),
    output_name: withoutIndex(outputTensor),
    input_node: withoutIndex(inputTensor),
    output_node: outputTensor,
    img_channels: input?.channels ?? 0,
    description: `Version ${version} (${made})`,
    timestamp: createdAt,
  };
}

/** Of the signature that answers. */
function tensorsOf({
  graphSignatures = {},
  pictureSignature,
}: ModelManifest): readonly [input: string, output: string] {
  const chosen = graphSignatures[pictureSignature?.name ?? 'serving_default'] ?? Object.values(graphSignatures)[0];
  if (!chosen) return ['serving_default_input_tensor:0', 'StatefulPartitionedCall:0'];
  const { inputs, outputs } = chosen;
  const input = pictureSignature ? inputs[pictureSignature.input] : Object.values(inputs)[0];
  const output = pictureSignature ? outputs[pictureSignature.output] : Object.values(outputs)[0];
  return [input?.tensor ?? '', output?.tensor ?? ''];
}

function withoutIndex(tensor: string): string {
  return tensor.replace(/:\d+$/, '');
}
