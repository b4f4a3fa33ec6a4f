/** @file Whether a figure grows with time. */

/**
 * The line through the points by least squares: its slope, in units of y for one of x, and the standard error of that.
 * @param {readonly { readonly x: number, readonly y: number }[]} points three and more, at different x
 */
export function slopeOf(points) {
  const count = points.length;
  const sum = (/** @type {(point: { readonly x: number, readonly y: number }) => number} */ value) =>
    points.reduce((total, point) => total + value(point), 0);
  const x = sum((point) => point.x) / count;
  const y = sum((point) => point.y) / count;
  const spread = sum((point) => (point.x - x) ** 2);
  const slope = sum((point) => (point.x - x) * (point.y - y)) / spread;
  const rest = sum((point) => (point.y - y - slope * (point.x - x)) ** 2);
  return { slope, error: Math.sqrt(rest / (count - 2) / spread) };
}
