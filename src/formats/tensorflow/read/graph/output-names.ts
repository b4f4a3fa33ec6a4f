/** @file Which number an output has: inside functions, outputs have names, and each may be a list. */
import type { Attributes } from './attributes.ts';

type Length = (attributes: Attributes) => number;
const ONE: Length = () => 1;
const int =
  (name: string): Length =>
  (attributes) =>
    attributes.int(name, 1);
const list =
  (name: string): Length =>
  (attributes) =>
    attributes.count(name);

/** Operators with several outputs, in their order. One list of outputs alone needs no entry. */
const OUTPUTS: Readonly<Record<string, readonly (readonly [string, Length])[]>> = {
  FusedBatchNorm: ones('y', 'batch_mean', 'batch_variance', 'reserve_space_1', 'reserve_space_2'),
  FusedBatchNormV2: ones('y', 'batch_mean', 'batch_variance', 'reserve_space_1', 'reserve_space_2'),
  FusedBatchNormV3: ones('y', 'batch_mean', 'batch_variance', 'reserve_space_1', 'reserve_space_2', 'reserve_space_3'),
  TopK: ones('values', 'indices'),
  TopKV2: ones('values', 'indices'),
  Switch: ones('output_false', 'output_true'),
  Merge: ones('output', 'value_index'),
  MaxPoolWithArgmax: ones('output', 'argmax'),
  Unique: ones('y', 'idx'),
  ParseExample: [
    ['sparse_indices', int('Nsparse')],
    ['sparse_values', int('Nsparse')],
    ['sparse_shapes', int('Nsparse')],
    ['dense_values', int('Ndense')],
  ],
  ParseExampleV2: [
    ['sparse_indices', int('num_sparse')],
    ['sparse_values', int('num_sparse')],
    ['sparse_shapes', int('num_sparse')],
    ['dense_values', list('Tdense')],
    ['ragged_values', list('ragged_value_types')],
    ['ragged_row_splits', list('ragged_split_types')],
  ],
  ParseSingleExample: [
    ['sparse_indices', int('num_sparse')],
    ['sparse_values', int('num_sparse')],
    ['sparse_shapes', int('num_sparse')],
    ['dense_values', list('Tdense')],
  ],
  TensorArrayV3: ones('handle', 'flow'),
};

function ones(...names: readonly string[]): readonly (readonly [string, Length])[] {
  return names.map((name) => [name, ONE]);
}

export function outputNumber(op: string, attributes: Attributes, name: string, index: number): number {
  let before = 0;
  for (const [output, length] of OUTPUTS[op] ?? []) {
    if (output === name) return before + index;
    before += length(attributes);
  }
  return index;
}
