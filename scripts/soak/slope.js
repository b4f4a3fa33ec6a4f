/** @file Whether a figure grows with time. */

/**
 * Slope of the line through the points by least squares, in units of y for one of x.
 * @param {readonly { readonly x: number, readonly y: number }[]} points two and more, at different x
 */
export function slopeOf(points) {
  const mean = (/** @type {(point: { readonly x: number, readonly y: number }) => number} */ value) =>
    points.reduce((sum, point) => sum + value(point), 0) / points.length;
  const x = mean((point) => point.x);
  const y = mean((point) => point.y);
  return mean((point) => (point.x - x) * (point.y - y)) / mean((point) => (point.x - x) ** 2);
}
