/** @file Which variable of a graph has which value in the checkpoint: as the graph itself would restore it. */
import { fromBinary } from '@bufbuild/protobuf';
import { tf } from '../../../proto/index.ts';
import type { Bundle } from './checkpoint/bundle.ts';
import { type InlinedGraph, passed } from './graph/inline.ts';
import type { FlatNode, FlatRef } from './graph/node.ts';
import type { Scope } from './graph/scope.ts';
import { readableTensor } from './tensors.ts';

export const VARIABLE_OPS: ReadonlySet<string> = new Set(['Variable', 'VariableV2', 'VarHandleOp']);
const ASSIGNMENTS = new Set(['Assign', 'AssignVariableOp']);
const OBJECT_GRAPH = '_CHECKPOINTABLE_OBJECT_GRAPH';

/** Gives the key of a variable's value; null when the checkpoint has none. */
export type VariableKeys = (variable: FlatNode) => string | null;

export async function variableKeys(
  graph: InlinedGraph,
  saver: tf.SaverDef | undefined,
  bundle: Bundle,
): Promise<VariableKeys> {
  const restored = new Map<string, string>();
  const scopes = [graph.root, ...restoreScopes(graph, saver)];
  for (const scope of scopes) for (const [variable, key] of assignmentsIn(graph, scope)) restored.set(variable, key);
  const byName = await namesInObjectGraph(bundle);
  return ({ name, attributes }) => {
    const shared = attributes.text('shared_name', '') || name;
    const candidates = [restored.get(name), shared, name, byName.get(shared)];
    return candidates.find((key) => key !== undefined && bundle.entries.has(key)) ?? null;
  };
}

function restoreScopes(graph: InlinedGraph, saver: tf.SaverDef | undefined): Scope[] {
  const name = (saver?.restoreOpName ?? '').split(':')[0];
  const scope = graph.calleeOf(name);
  return scope ? [scope] : [];
}

function* assignmentsIn(graph: InlinedGraph, scope: Scope): Generator<readonly [string, string]> {
  for (const { op, input } of scope.body.nodes.values()) {
    if (!ASSIGNMENTS.has(op) || input.length < 2) continue;
    const value = passed(graph.resolve(scope, input[1]));
    if (value.node.op !== 'RestoreV2') continue;
    const key = textAt(value.node.inputs[1], value.index);
    if (key !== null) yield [passed(graph.resolve(scope, input[0])).node.name, key];
  }
}

function textAt(ref: FlatRef | undefined, index: number): string | null {
  const proto = ref && passed(ref).node.attributes.tensor('value');
  const value = proto ? readableTensor(proto) : null;
  if (value?.dtype !== 'DT_STRING' || !value.data[index]) return null;
  return Buffer.from(value.data[index]).toString('utf8');
}

/** For graphs without a function that restores them: every object of a checkpoint tells its variables' names. */
async function namesInObjectGraph(bundle: Bundle): Promise<ReadonlyMap<string, string>> {
  const names = new Map<string, string>();
  if (!bundle.entries.has(OBJECT_GRAPH)) return names;
  const { dtype, data } = await bundle.read(OBJECT_GRAPH);
  if (dtype !== 'DT_STRING') return names;
  for (const { attributes } of fromBinary(tf.TrackableObjectGraphSchema, data[0]).nodes) {
    for (const { fullName, checkpointKey } of attributes) if (fullName !== '') names.set(fullName, checkpointKey);
  }
  return names;
}
