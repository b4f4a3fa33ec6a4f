/** @file A frozen graph of TensorFlow 1 with the names of its input and output, as the SavedModel that says the same. */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { PictorError } from '../../contracts/index.ts';
import { tf } from '../../proto/index.ts';

/**
 * @param bytes of a `GraphDef` without variables
 * @param input name of the operator that takes the input; @param output of the one that gives the answer
 * @returns a `SavedModel`, or null when the bytes are no such graph
 * @throws `model_file_invalid` when the graph has no operator of one of these names
 */
export function savedModelOfGraph(bytes: Uint8Array, input: string, output: string): Uint8Array | null {
  const graph = readGraph(bytes);
  if (!graph) return null;
  const nodes = new Map(graph.node.map((node) => [node.name, node]));
  const find = (name: string) => {
    const node = nodes.get(name.split(':')[0]);
    if (node) return node;
    throw new PictorError('model_file_invalid', `The graph has no operator ${JSON.stringify(name.slice(0, 200))}.`, {
      fix: 'Name operators of the graph as input_node and output_node in params.json.',
    });
  };
  const info = (name: string) => {
    const { attr } = find(name);
    const dtype = attr.dtype ?? attr.T;
    const shape = attr.shape?.value;
    return {
      encoding: { case: 'name', value: name.includes(':') ? name : `${name}:0` } as const,
      dtype: dtype?.value.case === 'type' ? dtype.value.value : FLOAT,
      tensorShape: shape?.case === 'shape' ? shape.value : { unknownRank: true },
    };
  };
  const model = create(tf.SavedModelSchema, {
    savedModelSchemaVersion: 1n,
    metaGraphs: [
      {
        metaInfoDef: { tags: ['serve'], tensorflowVersion: '1' },
        graphDef: graph,
        signatureDef: {
          serving_default: {
            methodName: 'tensorflow/serving/predict',
            inputs: { input: info(input) },
            outputs: { output: info(output) },
          },
        },
      },
    ],
  });
  return toBinary(tf.SavedModelSchema, model);
}

const FLOAT = 1;

/** Null for what is no graph: a SavedModel begins with a number, a graph with its first operator. */
function readGraph(bytes: Uint8Array): tf.GraphDef | null {
  if (bytes[0] !== 0x0a) return null;
  try {
    const graph = fromBinary(tf.GraphDefSchema, bytes);
    return graph.node.length > 0 && graph.node.every(({ name, op }) => name !== '' && op !== '') ? graph : null;
  } catch {
    return null;
  }
}
