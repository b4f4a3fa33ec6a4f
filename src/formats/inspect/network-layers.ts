/** @file The layers of a network as rows, and what its signatures take and give. */
import type {
  ImageShape,
  InspectedSignature,
  InspectedTensor,
  LayerRow,
  NetworkSpec,
  ServedOutput,
  SignatureSpecs,
} from '../../contracts/index.ts';
import { describeNetwork } from '../../nn/index.ts';
import { layerFlops } from './layer-flops.ts';

export function networkLayers(spec: NetworkSpec): LayerRow[] {
  const { height, width, channels } = spec.input;
  const shapes = new Map<string, readonly number[]>([['input', [height, width, channels]]]);
  const nodes = new Map(spec.nodes.map((node) => [node.name, node]));
  return describeNetwork(spec).layers.map(({ name, layer, outputShape, parameters }): LayerRow => {
    const node = nodes.get(name)!;
    shapes.set(name, outputShape);
    const input = shapes.get(node.inputs[0]) ?? [];
    const flops = layerFlops(layer, node.config as never, { input, output: outputShape });
    return { name, type: layer, outputShape: [-1, ...outputShape], parameters, flops };
  });
}

/** What the signatures of a network take and give, as its graph serves them. */
export function networkSignatures(
  specs: SignatureSpecs,
  network: NetworkSpec,
): Readonly<Record<string, InspectedSignature>> {
  const { layers } = describeNetwork(network);
  const shapeOf = (layer: string) => layers.find(({ name }) => name === layer)?.outputShape ?? [];
  const [classes = 0] = shapeOf(network.output).slice(-1);
  return Object.fromEntries(
    Object.entries(specs).map(([name, { input, outputs }]) => {
      const taken = input.kind === 'pixels' ? pixels(input.name, network.input, input.shape) : texts(input.name, [-1]);
      const given = Object.entries(outputs).map(([alias, output]) => [
        alias,
        outputTensor(alias, output, classes, shapeOf),
      ]);
      const signature: InspectedSignature = {
        method: input.kind === 'examples' ? 'tensorflow/serving/classify' : 'tensorflow/serving/predict',
        inputs: { [input.name]: taken },
        outputs: Object.fromEntries(given),
      };
      return [name, signature];
    }),
  );
}

function pixels(tensor: string, { height, width, channels }: ImageShape, shape?: readonly number[]): InspectedTensor {
  return { dtype: 'DT_FLOAT', shape: [-1, ...(shape ?? [height, width, channels])], tensor };
}

function texts(tensor: string, shape: readonly number[]): InspectedTensor {
  return { dtype: 'DT_STRING', shape, tensor };
}

function outputTensor(
  tensor: string,
  output: ServedOutput,
  classes: number,
  shapeOf: (layer: string) => readonly number[],
): InspectedTensor {
  switch (output.kind) {
    case 'probabilities':
      return { dtype: 'DT_FLOAT', shape: [-1, output.classes?.length ?? classes], tensor };
    case 'logits':
      return { dtype: 'DT_FLOAT', shape: [-1, classes], tensor };
    case 'layer':
      return { dtype: 'DT_FLOAT', shape: [-1, ...shapeOf(output.layer)], tensor };
    case 'labels':
      return texts(tensor, [-1, classes]);
    case 'topLabels':
      return texts(tensor, [-1, Math.min(output.count, classes)]);
    case 'topProbabilities':
      return { dtype: 'DT_FLOAT', shape: [-1, Math.min(output.count, classes)], tensor };
  }
}
