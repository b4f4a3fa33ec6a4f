/** @file Lowering of the maximum over groups of channels. The same in either layout: blocks of channels keep their order. */
import { fixed, type TensorType } from '../../graph/graph.ts';
import { ONNX_TYPES, type OnnxWriter } from '../writer.ts';
import { type LoweringRules, reshape, slice } from './rule.ts';

export interface GroupMaximum {
  readonly groups: number;
  readonly shape: TensorType['shape'];
}

/** Numbers of one group of one sample. */
function groupSize({ groups, shape }: GroupMaximum): number {
  return (fixed(shape, 1) / groups) * fixed(shape, 2) * fixed(shape, 3);
}

function asGroups(writer: OnnxWriter, name: string, groups: number, size: number): string {
  return reshape(writer, name, ['n', groups, size]);
}

/** `[n, c, h, w]` without its shape: `[n, 1, size]`. */
export function maximumOverGroups(writer: OnnxWriter, x: string, call: GroupMaximum): string {
  const groups = asGroups(writer, x, call.groups, groupSize(call));
  return writer.node('ReduceMax', [groups, writer.ints(1)], { keepdims: 1 });
}

/** `[n, groups, size]`. Which group wins is worked out on booleans, a byte each. */
export function maximumOverGroupsGradient(
  writer: OnnxWriter,
  [x, maxima, gradient]: readonly string[],
  call: GroupMaximum,
): string {
  const size = groupSize(call);
  const isMaximum = writer.node('Equal', [asGroups(writer, x, call.groups, size), asGroups(writer, maxima, 1, size)]);
  const wins = writer.node('Cast', [firstOfGroups(writer, isMaximum, call.groups)], { to: ONNX_TYPES.float32 });
  return writer.node('Mul', [wins, asGroups(writer, gradient, 1, size)]);
}

function firstOfGroups(writer: OnnxWriter, flags: string, groups: number): string {
  let taken: string | null = null;
  const winners = Array.from({ length: groups }, (_, group) => {
    const own = slice(writer, flags, [1], [group], [group + 1]);
    if (taken === null) {
      taken = own;
      return own;
    }
    // Flags of this group where no earlier group has one.
    const either: string = writer.node('Or', [taken, own]);
    const first = writer.node('Xor', [either, taken]);
    taken = either;
    return first;
  });
  return writer.node('Concat', winners, { axis: 1 });
}

export const GROUP_MAXIMUM_LOWERING: LoweringRules<'maximumOverGroups' | 'maximumOverGroupsGradient'> = {
  maximumOverGroups: ({ writer, inputs: [x], types, attributes: { groups }, result, output }) => {
    reshape(writer, maximumOverGroups(writer, x, { groups, shape: types[0].shape }), result.shape, output);
  },
  maximumOverGroupsGradient: ({ writer, inputs, types, attributes: { groups }, result, output }) => {
    const shape = types[0].shape;
    reshape(writer, maximumOverGroupsGradient(writer, inputs, { groups, shape }), result.shape, output);
  },
};
