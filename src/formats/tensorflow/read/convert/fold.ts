/** @file Computes what is known when a model is read: sizes for reshapes, and the numbers of normalisations. */
import type { Attributes } from '../graph/attributes.ts';
import { elementsOf } from '../tensors.ts';
import { BINARY, COMPARE, UNARY } from './fold-numbers.ts';
import { STRUCTURE } from './fold-structure.ts';
import { broadcastKnown, type Element, type Known, newElements } from './known.ts';
import { broadcastShapes } from './value.ts';

/** Larger results are left to the runtime. */
const MAX_ELEMENTS = 1 << 24;

/** @returns null for what is not computed ahead */
export function fold(op: string, inputs: readonly Known[], attributes: Attributes): readonly Known[] | null {
  if (inputs.length === 0 || inputs.some(({ data }) => data.length > MAX_ELEMENTS)) return null;
  const rule = STRUCTURE[op];
  if (rule) {
    const result = rule(inputs, attributes);
    if (result === null) return null;
    return Array.isArray(result) ? result : [result as Known];
  }
  const unary = UNARY[op];
  if (unary && inputs.length === 1) return [mapElements(inputs[0], unary)];
  const binary = BINARY[op] ?? COMPARE[op];
  if (!binary || inputs.length !== 2) return null;
  const shape = broadcastShapes(inputs[0].shape, inputs[1].shape) as number[];
  if (elementsOf(shape) > MAX_ELEMENTS) return null;
  return [zip(inputs[0], inputs[1], shape, op in COMPARE ? 'DT_BOOL' : inputs[0].dtype, binary)];
}

function mapElements(known: Known, compute: (x: number, whole: boolean) => number): Known {
  const { dtype, shape, data } = known;
  if (dtype === 'DT_STRING') return known;
  const whole = isWhole(known);
  const result = newElements(dtype, data.length);
  for (let i = 0; i < data.length; i++) result[i] = data[i] === null ? null : compute(data[i] as number, whole);
  return { dtype, shape, data: result };
}

function zip(
  a: Known,
  b: Known,
  shape: readonly number[],
  dtype: Known['dtype'],
  compute: (x: number, y: number, whole: boolean) => number | boolean,
): Known {
  const [left, right] = [broadcastKnown(a, shape).data, broadcastKnown(b, shape).data];
  const whole = isWhole(a);
  const data = newElements(dtype, left.length);
  for (let i = 0; i < left.length; i++) {
    const [x, y]: Element[] = [left[i], right[i]];
    data[i] = x === null || y === null ? null : Number(compute(x as number, y as number, whole));
  }
  return { dtype, shape, data };
}

function isWhole({ dtype }: Known): boolean {
  return dtype !== 'DT_FLOAT' && dtype !== 'DT_DOUBLE';
}
