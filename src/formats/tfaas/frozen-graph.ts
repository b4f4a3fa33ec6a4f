/** @file A frozen graph, whose inputs and outputs TFaaS' parameters name, as a graph with a signature. */
import { create, fromBinary } from '@bufbuild/protobuf';
import { tf } from '../../proto/index.ts';
import type { ModelFiles } from '../tensorflow/read/files.ts';
import { damaged } from '../tensorflow/read/refuse.ts';
import type { TfaasParams } from './params.ts';

const MAX_BYTES = 2 ** 31 - 1;

/** @throws `model_file_invalid` */
export async function frozenMetaGraph(files: ModelFiles, file: string, params: TfaasParams): Promise<tf.MetaGraphDef> {
  const bytes = await files.size(file);
  if (bytes === null) throw damaged(files.name, `${file}, which params.json names as the model, is missing`);
  if (bytes === 0 || bytes > MAX_BYTES) throw damaged(files.name, `${file} has ${bytes} bytes`);
  const { inputNode, outputNode } = params;
  if (inputNode === null || outputNode === null) {
    throw damaged(files.name, 'params.json does not name "input_node" and "output_node" of its frozen graph');
  }
  const graphDef = decode(files, file, await files.read(file, 0, bytes));
  const ends = [inputNode, outputNode].map((name) => {
    const node = graphDef.node.find((candidate) => candidate.name === name.split(':')[0]);
    if (!node) throw damaged(files.name, `the graph in ${file} has no operator "${name}", which params.json names`);
    const type = node.attr.dtype?.value ?? node.attr.T?.value;
    const shape = node.attr.shape?.value;
    return {
      encoding: { case: 'name' as const, value: name.includes(':') ? name : `${name}:0` },
      dtype: type?.case === 'type' ? type.value : 1,
      tensorShape: shape?.case === 'shape' ? shape.value : { unknownRank: true },
    };
  });
  const signature = {
    inputs: { [inputNode.split(':')[0]]: ends[0] },
    outputs: { [outputNode.split(':')[0]]: ends[1] },
    methodName: 'tensorflow/serving/predict',
  };
  return create(tf.MetaGraphDefSchema, { graphDef, signatureDef: { serving_default: signature } });
}

function decode(files: ModelFiles, file: string, content: Uint8Array): tf.GraphDef {
  try {
    return fromBinary(tf.GraphDefSchema, content);
  } catch (cause) {
    throw damaged(files.name, `${file} is no graph of TensorFlow, or is cut off`, undefined, cause);
  }
}
