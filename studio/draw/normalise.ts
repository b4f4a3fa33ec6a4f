/**
 * @file A drawing as MNIST has its digits: cropped to the ink, scaled so that its longer side is 20 of 28 pixels,
 * centred by its centre of mass (LeCun, Cortes, Burges: "The MNIST database of handwritten digits"), for any input size.
 */
import { type Bounds, type Ink, inkBounds, rasterise, resampleArea, type Stroke, strokeBounds } from './ink.ts';

/** Side of the square that strokes are drawn in. */
export const PAD_SIZE = 280;
/** Width of the pen on the pad: two to three pixels of the 28, as in MNIST. */
export const PEN_WIDTH = 22;
/** The digit's share of the picture's shorter side. */
const BOX_SHARE = 20 / 28;
/** Width of the line as a share of the drawing, so that small and large digits come out with MNIST's line of 2 to 3 pixels. */
const PEN_SHARE = 0.13;
/** A drawing smaller than this, such as a dot, is not enlarged to the whole box. */
const SMALLEST_SIDE = 3 * PEN_WIDTH;

export interface DrawingTarget {
  readonly height: number;
  readonly width: number;
  readonly channels: 1 | 3;
}

export interface DrawingOptions {
  /** Dark ink on white, for models that were trained on such pictures. Default: white ink on black, as MNIST. */
  readonly darkInk?: boolean;
  /** Crop, scale and centre as MNIST does. Default true; otherwise the whole pad is shrunk as it is. */
  readonly centre?: boolean;
}

/**
 * What the model gets for a drawing.
 * @param strokes in pad units, 0..`PAD_SIZE`
 * @returns whole numbers 0..255, `height × width × channels`, row by row; null when nothing is drawn
 */
export function drawingToPixels(
  strokes: readonly Stroke[],
  target: DrawingTarget,
  { darkInk = false, centre = true }: DrawingOptions = {},
): Uint8Array | null {
  const bounds = strokeBounds(strokes);
  if (!bounds) return null;
  const picture = centre ? centreStrokes(strokes, bounds, target) : fitPad(strokes, target);
  return picture && toPixels(picture, target.channels, darkInk);
}

function centreStrokes(strokes: readonly Stroke[], bounds: Bounds, target: DrawingTarget): Ink | null {
  const longer = Math.max(bounds.right - bounds.left, bounds.bottom - bounds.top, SMALLEST_SIDE);
  const pen = PEN_SHARE * longer;
  // The pen's line is wider than its middle, and at the pad's edge it must not be cut off.
  const margin = Math.ceil(pen);
  const moved = strokes.map((stroke) =>
    stroke.map(({ x, y }) => ({ x: x - bounds.left + margin, y: y - bounds.top + margin })),
  );
  const size = {
    width: Math.ceil(bounds.right - bounds.left) + 2 * margin,
    height: Math.ceil(bounds.bottom - bounds.top) + 2 * margin,
  };
  return centreInk(rasterise(moved, size, pen), target);
}

/**
 * Crops to the ink, scales the longer side to 20/28 of the picture's shorter side, and moves the centre of mass to the
 * middle by whole pixels, but never so far that ink leaves the picture.
 * @returns null when there is no ink
 */
export function centreInk(ink: Ink, target: { height: number; width: number }): Ink | null {
  const bounds = inkBounds(ink);
  if (!bounds) return null;
  const box = Math.max(1, Math.round(BOX_SHARE * Math.min(target.height, target.width)));
  const inkWidth = bounds.right - bounds.left;
  const inkHeight = bounds.bottom - bounds.top;
  const scale = box / Math.max(inkWidth, inkHeight, SMALLEST_SIDE);
  const width = Math.max(1, Math.round(inkWidth * scale));
  const height = Math.max(1, Math.round(inkHeight * scale));
  const digit = resampleArea(ink, bounds, { width, height });
  const mass = centreOfMass(digit);
  const left = clamp(Math.round(target.width / 2 - mass.x), 0, target.width - width);
  const top = clamp(Math.round(target.height / 2 - mass.y), 0, target.height - height);
  return place(digit, target, left, top);
}

/** The whole pad, shrunk into the picture's largest middle square. */
function fitPad(strokes: readonly Stroke[], target: { height: number; width: number }): Ink {
  const ink = rasterise(strokes, { width: PAD_SIZE, height: PAD_SIZE }, PEN_WIDTH);
  const side = Math.min(target.height, target.width);
  const whole = { left: 0, top: 0, right: ink.width, bottom: ink.height };
  const shrunk = resampleArea(ink, whole, { width: side, height: side });
  return place(shrunk, target, Math.floor((target.width - side) / 2), Math.floor((target.height - side) / 2));
}

/** In pixels from the top left corner; a pixel's own middle is at +0.5. */
export function centreOfMass({ width, coverage }: Ink): { x: number; y: number } {
  let [sum, x, y] = [0, 0, 0];
  coverage.forEach((value, i) => {
    sum += value;
    x += value * ((i % width) + 0.5);
    y += value * (Math.floor(i / width) + 0.5);
  });
  return { x: x / sum, y: y / sum };
}

function place(part: Ink, target: { height: number; width: number }, left: number, top: number): Ink {
  const coverage = new Float32Array(target.width * target.height);
  for (let y = 0; y < part.height; y++) {
    const row = part.coverage.subarray(y * part.width, (y + 1) * part.width);
    coverage.set(row, (top + y) * target.width + left);
  }
  return { width: target.width, height: target.height, coverage };
}

function toPixels({ coverage }: Ink, channels: 1 | 3, darkInk: boolean): Uint8Array {
  const pixels = new Uint8Array(coverage.length * channels);
  coverage.forEach((value, i) => {
    const level = Math.round(255 * (darkInk ? 1 - value : value));
    pixels.fill(level, i * channels, (i + 1) * channels);
  });
  return pixels;
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}
