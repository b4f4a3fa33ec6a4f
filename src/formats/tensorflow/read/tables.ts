/** @file What the hash tables of a graph hold: as the graph itself fills them when it is loaded. */
import type { tf } from '../../../proto/index.ts';
import { evaluate } from './convert/convert.ts';
import type { LookupTable } from './convert/value.ts';
import type { ModelFiles } from './files.ts';
import { InlinedGraph, passed } from './graph/inline.ts';
import { type FlatNode, type FlatRef, tableName } from './graph/node.ts';
import type { Scope } from './graph/scope.ts';
import { damaged, Unsupported } from './refuse.ts';
import { readVocabulary } from './vocabulary.ts';

export const TABLE_OPS: ReadonlySet<string> = new Set(['HashTable', 'HashTableV2']);

const FROM_TENSORS: ReadonlySet<string> = new Set([
  'InitializeTable',
  'InitializeTableV2',
  'LookupTableImport',
  'LookupTableImportV2',
]);
const FROM_FILE: ReadonlySet<string> = new Set(['InitializeTableFromTextFile', 'InitializeTableFromTextFileV2']);
/** Where the node stands that fills the tables of a loaded model. */
const INIT_SIGNATURE = '__saved_model_init_op';
const INIT_COLLECTIONS = ['saved_model_main_op', 'legacy_init_op'];

/**
 * The tables that signatures use, by `tableName`. Those that nothing fills are not among them.
 * @param needed nodes that make tables
 * @throws `model_file_invalid` when a file with a vocabulary is missing or does not fit
 */
export async function readTables(
  files: ModelFiles,
  meta: tf.MetaGraphDef,
  definition: tf.GraphDef,
  needed: readonly FlatNode[],
): Promise<ReadonlyMap<string, LookupTable | Unsupported>> {
  const tables = new Map<string, LookupTable | Unsupported>();
  if (needed.length === 0) return tables;
  const names = new Set(needed.map(tableName));
  const graph = new InlinedGraph(files.name, definition, new Map());
  for (const scope of [graph.root, ...initialisers(graph, meta)]) {
    for (const { name, op, input } of scope.body.nodes.values()) {
      if (!FROM_TENSORS.has(op) && !FROM_FILE.has(op)) continue;
      const node = graph.resolve(scope, name).node;
      const [handle, first, second] = input
        .filter((each) => !each.startsWith('^'))
        .map((each) => graph.resolve(scope, each));
      if (!handle || !first) throw damaged(files.name, `"${name}" fills no table`);
      const table = passed(handle).node;
      const key = tableName(table);
      if (!names.has(key) || tables.has(key)) continue;
      const read = async (): Promise<LookupTable> => {
        if (FROM_TENSORS.has(op)) return tableOf(files.name, first, second);
        const file = `assets/${assetOf(files.name, meta, graph, first)}`;
        return readVocabulary(files, file, node.attributes, table.attributes);
      };
      tables.set(
        key,
        await read().catch((error) => {
          if (error instanceof Unsupported) return error;
          throw error;
        }),
      );
    }
  }
  return tables;
}

/** Functions that run when a model is loaded. */
function initialisers(graph: InlinedGraph, meta: tf.MetaGraphDef): Scope[] {
  const signature = meta.signatureDef[INIT_SIGNATURE]?.outputs[INIT_SIGNATURE]?.encoding;
  const lists = INIT_COLLECTIONS.map((name) => meta.collectionDef[name]?.kind);
  const open = [
    ...(signature?.case === 'name' ? [signature.value] : []),
    ...lists.flatMap((list) => (list?.case === 'nodeList' ? list.value.value : [])),
  ];
  const seen = new Set<string>();
  const scopes: Scope[] = [];
  while (open.length > 0) {
    const name = open.pop()!.replace(/^\^/, '').split(':')[0];
    if (seen.has(name)) continue;
    seen.add(name);
    open.push(...(graph.root.body.nodes.get(name)?.input ?? []));
    const scope = graph.calleeOf(name);
    if (scope) scopes.push(scope);
  }
  return scopes;
}

function tableOf(file: string, keys: FlatRef, values: FlatRef | undefined): LookupTable {
  if (!values) throw damaged(file, 'a table has keys without values');
  const [known, found] = evaluate(file, [keys, values]);
  if (!known || !found) throw new Unsupported('its table is filled with what is known only when it runs', []);
  if (known.data.length !== found.data.length) {
    throw damaged(file, `a table has ${known.data.length} keys and ${found.data.length} values`);
  }
  return { keys: known, values: found };
}

/** The file that a tensor names: TensorFlow 2 holds the name in a variable. */
function assetOf(file: string, meta: tf.MetaGraphDef, graph: InlinedGraph, ref: FlatRef): string {
  let { node } = passed(ref);
  if (node.op === 'ReadVariableOp' && node.inputs[0]) {
    const variable = passed(node.inputs[0]).node;
    for (const { op, input } of graph.root.body.nodes.values()) {
      if (op !== 'AssignVariableOp' || input.length < 2) continue;
      if (passed(graph.resolve(graph.root, input[0])).node === variable) {
        node = passed(graph.resolve(graph.root, input[1])).node;
      }
    }
  }
  const asset = meta.assetFileDef.find(
    ({ tensorInfo }) => tensorInfo?.encoding.case === 'name' && tensorInfo.encoding.value.split(':')[0] === node.name,
  );
  if (!asset) throw damaged(file, `the file of a vocabulary, "${node.name}", is not among its assets`);
  return asset.filename;
}
