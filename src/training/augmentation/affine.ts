/** @file Affine maps from the pixels of the result to those of the source, composed so that a picture is resampled once. */

/** `sourceX = a x + b y + c`, `sourceY = d x + e y + f`; the centre of the first pixel is at 0. */
export type Affine = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

/** What is drawn for one picture. */
export interface Geometry {
  readonly flipHorizontal: boolean;
  readonly flipVertical: boolean;
  /** Fraction of a full turn. */
  readonly rotation: number;
  /** Pixels of the source for one pixel of the result, less 1. */
  readonly zoom: number;
  /** Pixels that the picture moves down and to the right. */
  readonly down: number;
  readonly right: number;
}

/** The map of a picture that is flipped, then rotated, then zoomed, then moved, about its centre as in Keras. */
export function affineOf(geometry: Geometry, height: number, width: number): Affine {
  const { flipHorizontal, flipVertical, rotation, zoom, down, right } = geometry;
  const middleX = (width - 1) / 2;
  const middleY = (height - 1) / 2;
  // From the result back to the source, so the last change comes first.
  const scale = 1 + zoom;
  const cos = Math.cos(rotation * 2 * Math.PI) * scale;
  const sin = Math.sin(rotation * 2 * Math.PI) * scale;
  const signX = flipHorizontal ? -1 : 1;
  const signY = flipVertical ? -1 : 1;
  const [a, b] = [signX * cos, -signX * sin];
  const [d, e] = [signY * sin, signY * cos];
  const fromX = -right - middleX;
  const fromY = -down - middleY;
  return [a, b, a * fromX + b * fromY + middleX, d, e, d * fromX + e * fromY + middleY];
}
