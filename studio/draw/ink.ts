/**
 * @file From pen strokes to a picture of ink, in plain numbers.
 * The strokes are rasterised here and not read back from a canvas: browsers that guard against fingerprinting
 * return noise from a canvas, and its half-transparent edge pixels come back with a colour that has lost its weight.
 */

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** The points that the pen passed while it was down; a single point is a dot. */
export type Stroke = readonly Point[];

/** How much of every pixel is covered by ink: 0..1, row by row. */
export interface Ink {
  readonly width: number;
  readonly height: number;
  readonly coverage: Float32Array;
}

export interface Bounds {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Box around the middle of the pen's line; null without any stroke. */
export function strokeBounds(strokes: readonly Stroke[]): Bounds | null {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const { x, y } of strokes.flat()) {
    left = Math.min(left, x);
    top = Math.min(top, y);
    right = Math.max(right, x);
    bottom = Math.max(bottom, y);
  }
  return left > right ? null : { left, top, right, bottom };
}

/**
 * Draws strokes with a round pen, smooth at the edge.
 * @param size width and height of the result in pixels; a point (x, y) is in the same units
 * @param penWidth in pixels
 */
export function rasterise(strokes: readonly Stroke[], size: { width: number; height: number }, penWidth: number): Ink {
  const ink = { ...size, coverage: new Float32Array(size.width * size.height) };
  for (const stroke of strokes) {
    if (stroke.length === 1) drawSegment(ink, stroke[0], stroke[0], penWidth / 2);
    for (let i = 1; i < stroke.length; i++) drawSegment(ink, stroke[i - 1], stroke[i], penWidth / 2);
  }
  return ink;
}

function drawSegment(ink: Ink, from: Point, to: Point, radius: number): void {
  const { width, height, coverage } = ink;
  const reach = radius + 1;
  const top = Math.max(0, Math.floor(Math.min(from.y, to.y) - reach));
  const bottom = Math.min(height - 1, Math.ceil(Math.max(from.y, to.y) + reach));
  const left = Math.max(0, Math.floor(Math.min(from.x, to.x) - reach));
  const right = Math.min(width - 1, Math.ceil(Math.max(from.x, to.x) + reach));
  for (let y = top; y <= bottom; y++) {
    for (let x = left; x <= right; x++) {
      // A pixel's middle is at +0.5; its coverage falls from 1 to 0 over one pixel around the edge of the line.
      const covered = radius + 0.5 - distanceToSegment(x + 0.5, y + 0.5, from, to);
      const at = y * width + x;
      if (covered > coverage[at]) coverage[at] = Math.min(1, covered);
    }
  }
}

function distanceToSegment(x: number, y: number, from: Point, to: Point): number {
  const dx = to.x - from.x;
  const dy = to.y - from.y;
  const squared = dx * dx + dy * dy;
  const along = squared === 0 ? 0 : Math.min(1, Math.max(0, ((x - from.x) * dx + (y - from.y) * dy) / squared));
  const offX = x - from.x - along * dx;
  const offY = y - from.y - along * dy;
  // This runs for every pixel near every line, and Math.hypot takes ten times as long.
  return Math.sqrt(offX * offX + offY * offY);
}

/** Box around the pixels with ink, `right` and `bottom` exclusive; null when the picture is empty. */
export function inkBounds({ width, height, coverage }: Ink, threshold = 0.1): Bounds | null {
  let [left, top, right, bottom] = [width, height, 0, 0];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (coverage[y * width + x] < threshold) continue;
      left = Math.min(left, x);
      right = Math.max(right, x + 1);
      top = Math.min(top, y);
      bottom = y + 1;
    }
  }
  return right === 0 ? null : { left, top, right, bottom };
}

/**
 * Shrinks or enlarges a part of the picture: every new pixel is the mean of the area that it covers.
 * @param part in pixels of `ink`, fractions allowed; what lies outside of the picture is empty
 */
export function resampleArea(ink: Ink, part: Bounds, size: { width: number; height: number }): Ink {
  const columns = axisWeights(part.left, part.right, size.width, ink.width);
  const rows = axisWeights(part.top, part.bottom, size.height, ink.height);
  const coverage = new Float32Array(size.width * size.height);
  for (let y = 0; y < size.height; y++) {
    for (let x = 0; x < size.width; x++) {
      let sum = 0;
      for (const [row, rowWeight] of rows[y]) {
        for (const [column, weight] of columns[x]) sum += ink.coverage[row * ink.width + column] * weight * rowWeight;
      }
      coverage[y * size.width + x] = sum;
    }
  }
  return { ...size, coverage };
}

/** For each new pixel along one axis: the old pixels that it covers and their shares. */
function axisWeights(start: number, end: number, count: number, limit: number): [index: number, weight: number][][] {
  const step = (end - start) / count;
  return Array.from({ length: count }, (_, i) => {
    const from = start + i * step;
    const to = from + step;
    const weights: [number, number][] = [];
    for (let at = Math.max(0, Math.floor(from)); at < Math.min(limit, Math.ceil(to)); at++) {
      const share = Math.min(to, at + 1) - Math.max(from, at);
      if (share > 0) weights.push([at, share / step]);
    }
    return weights;
  });
}
