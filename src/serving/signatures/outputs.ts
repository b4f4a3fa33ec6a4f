/** @file The outputs that a signature promises, from what the graph gave. */
import type { TensorValue } from '../../contracts/index.ts';
import { topLabels } from '../pictures/ranking.ts';
import { product, reshaped } from '../tensors.ts';
import type { OutputPlan, SignaturePlan } from './served.ts';

/** Outputs of the graph, by name. */
export type GraphOutputs = ReadonlyMap<string, TensorValue>;

/** Outputs of the graph that are needed for some of a signature, each once. */
export function neededNodes({ outputs }: SignaturePlan, wanted: readonly string[]): string[] {
  return [...new Set(wanted.map((alias) => outputs[alias].node))];
}

/**
 * By name, in the order of `wanted`.
 * @param sent shape of the inputs when it was another than the signature's; null: they were as described
 */
export function signatureOutputs(
  { outputs }: SignaturePlan,
  wanted: readonly string[],
  given: GraphOutputs,
  labels: readonly string[],
  sent: readonly number[] | null,
): Map<string, TensorValue> {
  return new Map(wanted.map((alias) => [alias, outputOf(outputs[alias], given, labels, sent)]));
}

function outputOf(
  plan: OutputPlan,
  given: GraphOutputs,
  labels: readonly string[],
  sent: readonly number[] | null,
): TensorValue {
  const tensor = given.get(plan.node)!;
  if (plan.kind === 'node') return asSent(tensor, sent);
  const rows = tensor.shape[0];
  if (plan.kind === 'columns') return columnsOf(tensor, plan.columns);
  const shape = [rows, plan.count];
  if (plan.kind === 'labels') {
    const bytes = labels.map((label) => Buffer.from(label));
    return { dtype: 'DT_STRING', shape, data: Array.from({ length: rows }, () => bytes).flat() };
  }
  const values = tensor.data as Float32Array;
  const classes = tensor.shape[1];
  const ranked = Array.from({ length: rows }, (_, row) =>
    topLabels(values.subarray(row * classes, (row + 1) * classes), labels, plan.count),
  ).flat();
  if (plan.kind === 'topLabels') {
    return { dtype: 'DT_STRING', shape, data: ranked.map(({ label }) => Buffer.from(label)) };
  }
  return { dtype: 'DT_FLOAT', shape, data: Float32Array.from(ranked, ({ probability }) => probability) };
}

function columnsOf({ shape, data }: TensorValue, columns: readonly number[]): TensorValue {
  const [rows, width] = shape;
  const picked = new Float32Array(rows * columns.length);
  for (let row = 0; row < rows; row++) {
    for (const [index, column] of columns.entries()) {
      picked[row * columns.length + index] = (data as Float32Array)[row * width + column];
    }
  }
  return { dtype: 'DT_FLOAT', shape: [rows, columns.length], data: picked };
}

/** An output with one number for each of the inputs' numbers. */
function asSent(tensor: TensorValue, sent: readonly number[] | null): TensorValue {
  if (!sent || tensor.data.length !== product(sent) || tensor.shape.slice(1).some((size) => size !== 1)) return tensor;
  return reshaped(tensor, sent);
}
