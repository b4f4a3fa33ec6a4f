/** @file Logits to probabilities. */

/** @param logits `[rows, classes]` */
export function softmaxRows(logits: Float32Array, rows: number): Float32Array {
  const result = new Float32Array(logits.length);
  const classes = rows === 0 ? 0 : logits.length / rows;
  for (let row = 0; row < rows; row++) {
    const own = logits.subarray(row * classes, (row + 1) * classes);
    let largest = Number.NEGATIVE_INFINITY;
    for (const value of own) largest = Math.max(largest, value);
    let total = 0;
    for (const value of own) total += Math.exp(value - largest);
    for (let i = 0; i < classes; i++) result[row * classes + i] = Math.exp(own[i] - largest) / total;
  }
  return result;
}
