/** @file An imported model without anything real in it: two signatures of one graph, as a reader would give them. */
import type { GraphSignature } from '../../contracts/index.ts';
import type { ImportedModel } from '../../formats/index.ts';

export function tinyGraph(over: Partial<ImportedModel> = {}): ImportedModel {
  const tensor = (name: string, shape: readonly number[]) =>
    ({ dtype: 'DT_FLOAT', shape, tensor: `${name}:0`, node: name }) as const;
  const picture: GraphSignature = {
    method: 'tensorflow/serving/predict',
    graph: 'graphs/pictures.onnx',
    inputs: { x: tensor('x', [-1, 2, 2, 1]) },
    outputs: { features: tensor('features', [-1, 2, 2, 4]), y: tensor('y', [-1, 3]) },
  };
  return {
    format: 'savedmodel',
    producer: 'tensorflow 2.21.0',
    labels: null,
    input: null,
    inputRange: null,
    answers: null,
    parameters: 12,
    network: null,
    graphs: { 'graphs/pictures.onnx': new Uint8Array([1, 2, 3]) },
    signatures: { serving_default: picture },
    layers: [],
    warnings: [],
    ...over,
  };
}
