/** @file Numbers in another order of axes. */

/**
 * @param axes `axes[i]` is the axis of `shape` that becomes axis `i`
 * @returns a new array, row-major in the shape `axes.map((axis) => shape[axis])`
 */
export function transpose(data: Float32Array, shape: readonly number[], axes: readonly number[]): Float32Array {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, side) => product * side, 1));
  const sides = axes.map((axis) => shape[axis]);
  const steps = axes.map((axis) => strides[axis]);
  const result = new Float32Array(data.length);
  const [side, step] = [sides.at(-1) ?? 1, steps.at(-1) ?? 1];
  const index = sides.map(() => 0);
  let from = 0;
  for (let to = 0; to < result.length; ) {
    // The last axis in a run: kernels have millions of numbers.
    for (let i = 0; i < side; i++) result[to++] = data[from + i * step];
    for (let axis = sides.length - 2; axis >= 0; axis--) {
      from += steps[axis];
      if (++index[axis] < sides[axis]) break;
      from -= steps[axis] * sides[axis];
      index[axis] = 0;
    }
  }
  return result;
}
