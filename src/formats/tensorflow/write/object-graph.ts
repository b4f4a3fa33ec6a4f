/** @file The objects that `tf.saved_model.load` gives: variables in lists, signatures as functions, the file of labels. */
import { create } from '@bufbuild/protobuf';
import { tf } from '../../../proto/index.ts';
import { shapeProto, typeNumber } from './attributes.ts';
import type { WrittenSignature, WrittenTensor } from './signatures.ts';
import type { TfVariable } from './variables.ts';

export interface ObjectGraph {
  /** For the SavedModel. */
  readonly saved: tf.SavedObjectGraph;
  /** For the checkpoint, under `_CHECKPOINTABLE_OBJECT_GRAPH`: the same objects. */
  readonly trackable: tf.TrackableObjectGraph;
}

/** Key of a variable in the checkpoint. */
export function checkpointKey({ index }: TfVariable): string {
  return `variables/${index}/.ATTRIBUTES/VARIABLE_VALUE`;
}

type Kind = tf.SavedObject['kind'];

interface Node {
  readonly children: { readonly nodeId: number; readonly localName: string }[];
  readonly kind: Kind;
  readonly variable: TfVariable | null;
}

export function objectGraph(variables: readonly TfVariable[], signatures: readonly WrittenSignature[]): ObjectGraph {
  const nodes: Node[] = [];
  const add = (kind: Kind, variable: TfVariable | null = null): number =>
    nodes.push({ children: [], kind, variable }) - 1;
  const child = (parent: number, localName: string, nodeId: number): void => {
    nodes[parent].children.push({ nodeId, localName });
  };
  const root = add(userObject('_generic_user_object'));
  const stored = variables.map((variable) => add(savedVariable(variable), variable));
  const list = (name: string, isMember: (variable: TfVariable) => boolean): void => {
    const node = add(userObject('trackable_list_wrapper'));
    const members = stored.filter((_, index) => isMember(variables[index]));
    for (const [index, member] of members.entries()) child(node, String(index), member);
    child(root, name, node);
  };
  list('variables', () => true);
  list('trainable_variables', ({ trainable }) => trainable);
  list('non_trainable_variables', ({ trainable }) => !trainable);
  child(root, 'labels', add({ case: 'asset', value: create(tf.SavedAssetSchema, { assetFileDefIndex: 0 }) }));
  const map = add(userObject('signature_map'));
  for (const signature of signatures) child(map, signature.name, add(bareFunction(signature)));
  child(root, 'signatures', map);
  return {
    saved: create(tf.SavedObjectGraphSchema, {
      nodes: nodes.map(({ children, kind }) => create(tf.SavedObjectSchema, { children, kind })),
      concreteFunctions: Object.fromEntries(
        signatures.map((signature) => [signature.functionName, concreteFunction(signature, stored)]),
      ),
    }),
    trackable: create(tf.TrackableObjectGraphSchema, {
      nodes: nodes.map(({ children, variable }) => ({
        children,
        attributes: variable
          ? [{ name: 'VARIABLE_VALUE', fullName: variable.node, checkpointKey: checkpointKey(variable) }]
          : [],
        hasCheckpointValues: variable !== null,
      })),
    }),
  };
}

function userObject(identifier: string): Kind {
  const version = { producer: 1, minConsumer: 1 };
  return { case: 'userObject', value: create(tf.SavedUserObjectSchema, { identifier, version }) };
}

function savedVariable({ node, shape, trainable }: TfVariable): Kind {
  const value = create(tf.SavedVariableSchema, {
    dtype: typeNumber('DT_FLOAT'),
    shape: shapeProto(shape),
    trainable,
    name: node,
  });
  return { case: 'variable', value };
}

function bareFunction({ functionName, input }: WrittenSignature): Kind {
  const value = create(tf.SavedBareConcreteFunctionSchema, {
    concreteFunctionName: functionName,
    argumentKeywords: [input.name],
    allowedPositionalArguments: 1n,
  });
  return { case: 'bareConcreteFunction', value };
}

function concreteFunction(
  { input, outputs }: WrittenSignature,
  variables: readonly number[],
): tf.SavedConcreteFunction {
  return create(tf.SavedConcreteFunctionSchema, {
    boundInputs: [...variables],
    canonicalizedInputSignature: tuple(tuple(), tensors([input])),
    outputSignature: tensors(outputs),
  });
}

function tuple(...values: tf.StructuredValue[]): tf.StructuredValue {
  const value = create(tf.TupleValueSchema, { values });
  return create(tf.StructuredValueSchema, { kind: { case: 'tupleValue', value } });
}

function tensors(infos: readonly WrittenTensor[]): tf.StructuredValue {
  const fields = Object.fromEntries(infos.map((info) => [info.name, tensorSpec(info)]));
  const value = create(tf.DictValueSchema, { fields });
  return create(tf.StructuredValueSchema, { kind: { case: 'dictValue', value } });
}

function tensorSpec({ name, type, shape }: WrittenTensor): tf.StructuredValue {
  const value = create(tf.TensorSpecProtoSchema, { name, shape: shapeProto(shape), dtype: typeNumber(type) });
  return create(tf.StructuredValueSchema, { kind: { case: 'tensorSpecValue', value } });
}
