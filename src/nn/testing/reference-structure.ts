/** @file Operations that move, repeat or sum elements, and those that classify, in float64. */
import type { StructureOp } from '../graph/ops.ts';
import { array64, countOf, type ReferenceRules, resolveShape } from './array64.ts';
import { sourceIndex } from './reference-elementwise.ts';

export const STRUCTURE_REFERENCE: ReferenceRules<StructureOp> = {
  reshape: ([x], { shape }) => array64(resolveShape(shape, x.data.length), x.data, x.type),
  transpose: ([x], { permutation }) => {
    const shape = permutation.map((axis) => x.shape[axis]);
    const strides = x.shape.map((_, axis) => countOf(x.shape.slice(axis + 1)));
    const data = Float64Array.from({ length: x.data.length }, (_, index) => {
      let rest = index;
      let source = 0;
      for (let axis = shape.length - 1; axis >= 0; axis--) {
        source += (rest % shape[axis]) * strides[permutation[axis]];
        rest = Math.floor(rest / shape[axis]);
      }
      return x.data[source];
    });
    return array64(shape, data, x.type);
  },
  broadcast: ([x], { shape }) => {
    const target = shape.map(Number);
    const source = [...new Array<number>(target.length - x.shape.length).fill(1), ...x.shape];
    const data = Float64Array.from(
      { length: countOf(target) },
      (_, index) => x.data[sourceIndex(index, target, source)],
    );
    return array64(target, data, x.type);
  },
  reduceSum: ([x], { axes, keepDimensions }) => {
    const kept = x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
    const data = new Float64Array(countOf(kept));
    x.data.forEach((value, index) => {
      data[sourceIndex(index, x.shape, kept)] += value;
    });
    return array64(keepDimensions ? kept : x.shape.filter((_, axis) => !axes.includes(axis)), data);
  },
  reduceMax: ([x], { axes, keepDimensions }) => {
    const kept = x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
    const data = new Float64Array(countOf(kept)).fill(Number.NEGATIVE_INFINITY);
    x.data.forEach((value, index) => {
      const target = sourceIndex(index, x.shape, kept);
      data[target] = Math.max(data[target], value);
    });
    return array64(keepDimensions ? kept : x.shape.filter((_, axis) => !axes.includes(axis)), data);
  },
  concatenate: (inputs, { axis }) => {
    const shape = inputs[0].shape.map((size, position) =>
      position === axis ? inputs.reduce((sum, input) => sum + input.shape[axis], 0) : size,
    );
    const data: number[] = [];
    for (let outer = 0; outer < countOf(shape.slice(0, axis)); outer++) {
      for (const input of inputs) {
        const run = countOf(input.shape.slice(axis));
        data.push(...input.data.subarray(outer * run, (outer + 1) * run));
      }
    }
    return array64(shape, data);
  },
  slice: ([x], { axis, start, end }) => {
    const shape = x.shape.map((size, position) => (position === axis ? end - start : size));
    const inner = countOf(shape.slice(axis + 1));
    const data = x.data.filter((_, index) => {
      const position = Math.floor(index / inner) % x.shape[axis];
      return position >= start && position < end;
    });
    return array64(shape, data, x.type);
  },
  argMax: ([x]) => {
    const [rows, classes] = x.shape;
    const best = Float64Array.from({ length: rows }, (_, row) => {
      const values = Array.from(x.data.subarray(row * classes, (row + 1) * classes));
      return values.indexOf(Math.max(...values));
    });
    return array64([rows], best, 'int64');
  },
  oneHot: ([labels], { depth }) => {
    const data = new Float64Array(labels.data.length * depth);
    labels.data.forEach((label, row) => {
      data[row * depth + label] = 1;
    });
    return array64([labels.data.length, depth], data);
  },
  softmaxCrossEntropy: ([logits, labels]) => {
    const classes = logits.shape[1];
    const losses = labels.data.map((label, row) => {
      const values = Array.from(logits.data.subarray(row * classes, (row + 1) * classes));
      const largest = Math.max(...values);
      return Math.log(values.reduce((sum, value) => sum + Math.exp(value - largest), 0)) + largest - values[label];
    });
    return array64(labels.shape, losses);
  },
};
