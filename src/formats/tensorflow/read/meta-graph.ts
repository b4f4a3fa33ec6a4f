/** @file The graph of a SavedModel that is meant for serving. */
import { fromBinary } from '@bufbuild/protobuf';
import { tf } from '../../../proto/index.ts';
import type { ModelFiles } from './files.ts';
import { damaged } from './refuse.ts';

export const SAVED_MODEL = 'saved_model.pb';
/** What protobuf itself allows for one message. */
const MAX_BYTES = 2 ** 31 - 1;

/** @throws `model_file_invalid` */
export async function readMetaGraph(files: ModelFiles): Promise<tf.MetaGraphDef> {
  const bytes = await files.size(SAVED_MODEL);
  if (bytes === null) {
    const isText = (await files.size('saved_model.pbtxt')) !== null;
    const fix = isText
      ? 'Save it in binary form: load it with TensorFlow and save it again.'
      : 'Give the folder that holds saved_model.pb.';
    throw damaged(files.name, `it has no ${SAVED_MODEL}${isText ? ', only its text form' : ''}`, fix);
  }
  if (bytes === 0) throw damaged(files.name, `${SAVED_MODEL} is empty`);
  if (bytes > MAX_BYTES)
    throw damaged(files.name, `${SAVED_MODEL} has ${bytes} bytes; no such file has more than ${MAX_BYTES}`);
  const content = await files.read(SAVED_MODEL, 0, bytes);
  refuseImpostors(files, content);
  const graphs = decode(files, content).metaGraphs;
  if (graphs.length === 0) throw damaged(files.name, `${SAVED_MODEL} holds no graph`);
  return forServing(files, graphs);
}

function decode(files: ModelFiles, content: Uint8Array): tf.SavedModel {
  try {
    return fromBinary(tf.SavedModelSchema, content);
  } catch (cause) {
    throw damaged(files.name, `${SAVED_MODEL} is no SavedModel, or is cut off`, undefined, cause);
  }
}

/** What is downloaded instead of a file, when a link or a login is wrong. */
function refuseImpostors(files: ModelFiles, content: Uint8Array): void {
  const start = Buffer.from(content.subarray(0, 200)).toString('latin1');
  if (/^\s*<(!doctype|html|\?xml)/i.test(start)) {
    throw damaged(
      files.name,
      `${SAVED_MODEL} is a web page`,
      'Download the file itself, not the page that links to it.',
    );
  }
  if (start.startsWith('version https://git-lfs.github.com/')) {
    throw damaged(
      files.name,
      `${SAVED_MODEL} is a Git LFS pointer, which stands for the file`,
      'Fetch it with "git lfs pull".',
    );
  }
}

function forServing(files: ModelFiles, graphs: readonly tf.MetaGraphDef[]): tf.MetaGraphDef {
  const tagsOf = (graph: tf.MetaGraphDef): readonly string[] => graph.metaInfoDef?.tags ?? [];
  const serving = graphs.filter((graph) => tagsOf(graph).includes('serve'));
  const chosen = serving.sort((a, b) => tagsOf(a).length - tagsOf(b).length)[0];
  if (!chosen) {
    const found = graphs.map((graph) => `[${tagsOf(graph).join(', ')}]`).join(', ');
    throw damaged(files.name, `none of its graphs has the tag "serve"; there are ${found}`, 'Save it for serving.');
  }
  return chosen;
}
