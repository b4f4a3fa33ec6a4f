/** @file What a graph is made of, for people: its operators with what they give, their weights and their work. */
import type { LayerRow } from '../../imported-model.ts';
import { countOf, type Value } from './convert/value.ts';
import type { FlatNode } from './graph/node.ts';

/** Operators that only prepare what others use. */
const UNSEEN: ReadonlySet<string> = new Set([
  'Const',
  'Variable',
  'VariableV2',
  'VarHandleOp',
  'ReadVariableOp',
  'Identity',
  'IdentityN',
  'NoOp',
  'StopGradient',
  'Placeholder',
  'PlaceholderWithDefault',
  'Shape',
  'StridedSlice',
  'Pack',
  'Rsqrt',
  'Feed',
  'LoopVariable',
  'Prod',
  'TensorListFromTensor',
  'TensorListGetItem',
  'MapItem',
  'MapStack',
]);

/** How signatures reach the network: of no interest. */
const CALLS = /^((Stateful)?PartitionedCall(_\d+)?\/)+/;

export class LayerList {
  readonly rows: LayerRow[] = [];

  /** As `convertGraph` calls it. */
  readonly add = (node: FlatNode, inputs: readonly Value[], outputs: readonly Value[]): void => {
    const [result] = outputs;
    if (UNSEEN.has(node.op) || !result || result.node === null) return;
    const weights = inputs.filter(({ known, node: tensor }) => known && tensor === null && known.dtype === 'DT_FLOAT');
    const outputShape = result.shape?.map((size) => size ?? -1) ?? null;
    this.rows.push({
      name: node.name.replace(CALLS, ''),
      type: node.op,
      outputShape,
      parameters: weights.reduce((sum, { known }) => sum + (known && known.data.length > 1 ? known.data.length : 0), 0),
      flops: flopsOf(node.op, inputs, result),
    });
  };
}

/** Sizes of one sample: without the batch. */
function perSample(value: Value): number | null {
  return value.shape && countOf(value.shape[0] === null ? value.shape.slice(1) : value.shape);
}

function flopsOf(op: string, inputs: readonly Value[], result: Value): number | null {
  const outputs = perSample(result);
  if (outputs === null) return null;
  const kernel = inputs[1]?.shape;
  const sized = (shape: Value['shape'] | undefined): number | null => (shape ? countOf(shape) : null);
  if (op === 'Conv2D') return times(outputs, sized(kernel?.slice(0, 3)));
  if (op === 'DepthwiseConv2dNative') return times(outputs, sized(kernel?.slice(0, 2)));
  if (op === 'Conv2DBackpropInput') return times(perSample(inputs[2]), sized(kernel?.slice(0, 3)));
  if (op.includes('MatMul')) return times(outputs, inputs[0].shape?.at(-1) ?? null);
  return outputs;
}

/** A multiplication and an addition each. */
function times(outputs: number | null, terms: number | null): number | null {
  return outputs === null || terms === null ? null : 2 * outputs * terms;
}
