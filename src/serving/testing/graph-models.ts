/** @file Models that were made elsewhere, small enough to compute in the head: their graphs are written node by node. */
import { create, toBinary } from '@bufbuild/protobuf';
import { DATA_TYPES, type DataType, type GraphSignature, type GraphTensor } from '../../contracts/index.ts';
import type { ImportedModel } from '../../formats/index.ts';
import { ONNX_TYPE_NUMBERS, onnx } from '../../proto/index.ts';

/** Types that the runtime has. */
export type GraphType = Exclude<DataType, 'DT_BFLOAT16'>;
export const GRAPH_TYPES = DATA_TYPES.filter((type) => type !== 'DT_BFLOAT16');

/**
 * TensorFlow Serving's own test model, `y = x / 2 + 2` and `y3 = x / 2 + 3`, with the signatures of the original that its
 * tests call.
 */
export function halfPlusTwo(): ImportedModel {
  const x = tensor('x', 'DT_FLOAT', [-1, 1]);
  const y = tensor('y', 'DT_FLOAT', [-1, 1]);
  const y3 = tensor('y3', 'DT_FLOAT', [-1, 1]);
  const examples = { inputs: { x: { key: 'x', dtype: 'DT_FLOAT', shape: [1], default: null } } } as const;
  const example = { ...tensor('tf_example', 'DT_STRING', [-1]) };
  const ofExamples = (method: string, outputs: GraphSignature['outputs']): GraphSignature => ({
    ...{ method: `tensorflow/serving/${method}`, graph: 'half.onnx', inputs: { inputs: example }, outputs, examples },
  });
  return imported({
    graphs: { 'half.onnx': halfGraph() },
    signatures: {
      serving_default: { method: 'tensorflow/serving/predict', graph: 'half.onnx', inputs: { x }, outputs: { y } },
      both: { method: 'tensorflow/serving/predict', graph: 'half.onnx', inputs: { x }, outputs: { y, y3 } },
      regress_x_to_y: ofExamples('regress', { outputs: y }),
      regress_x_to_y2: ofExamples('regress', { outputs: y3 }),
      classify_x_to_y: ofExamples('classify', { scores: y }),
    },
  });
}

/** One signature for each type, named as it: what comes in goes out, any number of rows of two. */
export function mirror(): ImportedModel {
  const entries = GRAPH_TYPES.map((dtype): [string, GraphSignature] => [
    dtype,
    {
      method: 'tensorflow/serving/predict',
      graph: `${dtype}.onnx`,
      inputs: { in: tensor('in', dtype, [-1, 2]) },
      outputs: { out: tensor('out', dtype, [-1, 2]) },
    },
  ]);
  return imported({
    graphs: Object.fromEntries(GRAPH_TYPES.map((dtype) => [`${dtype}.onnx`, mirrorGraph(dtype)])),
    signatures: Object.fromEntries([...entries, ['serving_default', entries[0][1]]]),
  });
}

function imported(model: Pick<ImportedModel, 'graphs' | 'signatures'>): ImportedModel {
  return {
    ...{ format: 'savedmodel', producer: null, labels: null, input: null, inputRange: null, answers: null },
    ...{ parameters: 2, network: null, layers: [], warnings: [], ...model },
  };
}

function tensor(node: string, dtype: GraphType, shape: readonly number[]): GraphTensor {
  return { dtype, shape, node, tensor: `${node}:0` };
}

function halfGraph(): Uint8Array {
  const scalar = (name: string, value: number) =>
    create(onnx.TensorProtoSchema, { name, dims: [], dataType: ONNX_TYPE_NUMBERS.DT_FLOAT, floatData: [value] });
  return graphBytes({
    inputs: [valueInfo('x', 'DT_FLOAT', 1)],
    outputs: [valueInfo('y', 'DT_FLOAT', 1), valueInfo('y3', 'DT_FLOAT', 1)],
    constants: [scalar('half', 0.5), scalar('two', 2), scalar('three', 3)],
    nodes: [
      ['Mul', ['x', 'half'], 'halved'],
      ['Add', ['halved', 'two'], 'y'],
      ['Add', ['halved', 'three'], 'y3'],
    ],
  });
}

function mirrorGraph(dtype: GraphType): Uint8Array {
  return graphBytes({
    inputs: [valueInfo('in', dtype, 2)],
    outputs: [valueInfo('out', dtype, 2)],
    constants: [],
    nodes: [['Identity', ['in'], 'out']],
  });
}

interface Graph {
  readonly inputs: readonly onnx.ValueInfoProto[];
  readonly outputs: readonly onnx.ValueInfoProto[];
  readonly constants: readonly onnx.TensorProto[];
  readonly nodes: readonly (readonly [opType: string, inputs: readonly string[], output: string])[];
}

function graphBytes({ inputs, outputs, constants, nodes }: Graph): Uint8Array {
  const model = create(onnx.ModelProtoSchema, {
    irVersion: 9n,
    opsetImport: [{ domain: '', version: 18n }],
    graph: {
      name: 'graph',
      input: [...inputs],
      output: [...outputs],
      initializer: [...constants],
      node: nodes.map(([opType, input, output]) => ({ opType, input: [...input], output: [output] })),
    },
  });
  return toBinary(onnx.ModelProtoSchema, model);
}

/** Any number of rows of so many elements. */
function valueInfo(name: string, dtype: GraphType, width: number): onnx.ValueInfoProto {
  const dim = [
    { value: { case: 'dimParam', value: 'n' } as const },
    { value: { case: 'dimValue', value: BigInt(width) } as const },
  ];
  return create(onnx.ValueInfoProtoSchema, {
    name,
    type: { value: { case: 'tensorType', value: { elemType: ONNX_TYPE_NUMBERS[dtype], shape: { dim } } } },
  });
}
