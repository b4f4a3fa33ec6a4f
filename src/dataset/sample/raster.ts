/** @file Draws the path of a pen, white on black, with soft edges. */
import type { PenPath } from './handwriting.ts';

export const DIGIT_SIZE = 28;

/** @returns uint8 [28, 28] */
export function drawPath({ lines, radius, softness }: PenPath): Uint8Array {
  const nearest = new Float64Array(DIGIT_SIZE * DIGIT_SIZE).fill(Number.POSITIVE_INFINITY);
  const reach = radius + softness / 2;
  for (const line of lines) {
    for (let i = 2; i < line.length; i += 2) {
      measureSegment(nearest, reach, line[i - 2], line[i - 1], line[i], line[i + 1]);
    }
  }
  const pixels = new Uint8Array(DIGIT_SIZE * DIGIT_SIZE);
  for (let i = 0; i < pixels.length; i++) {
    if (nearest[i] >= reach * reach) continue;
    const cover = (reach - Math.sqrt(nearest[i])) / softness;
    pixels[i] = Math.round(255 * Math.min(1, cover));
  }
  return pixels;
}

/** Keeps the squared distance of each pixel's centre to the nearest segment, as far as the pen reaches. */
function measureSegment(nearest: Float64Array, reach: number, x0: number, y0: number, x1: number, y1: number): void {
  const left = Math.max(0, Math.floor(Math.min(x0, x1) - reach));
  const right = Math.min(DIGIT_SIZE - 1, Math.ceil(Math.max(x0, x1) + reach));
  const top = Math.max(0, Math.floor(Math.min(y0, y1) - reach));
  const bottom = Math.min(DIGIT_SIZE - 1, Math.ceil(Math.max(y0, y1) + reach));
  const [dx, dy] = [x1 - x0, y1 - y0];
  const scale = 1 / (dx * dx + dy * dy || 1);
  for (let y = top; y <= bottom; y++) {
    for (let x = left; x <= right; x++) {
      const [px, py] = [x + 0.5 - x0, y + 0.5 - y0];
      const along = Math.min(1, Math.max(0, (px * dx + py * dy) * scale));
      const [rx, ry] = [px - along * dx, py - along * dy];
      const distance = rx * rx + ry * ry;
      const i = y * DIGIT_SIZE + x;
      if (distance < nearest[i]) nearest[i] = distance;
    }
  }
}
