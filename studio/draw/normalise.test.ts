import { describe, expect, it } from 'vitest';
import type { Ink, Stroke } from './ink.ts';
import { centreInk, centreOfMass, drawingToPixels } from './normalise.ts';

const MNIST = { height: 28, width: 28, channels: 1 } as const;
const ONE: Stroke = [
  { x: 140, y: 40 },
  { x: 140, y: 240 },
];
/** A 7: a bar at the top, then a slanted leg. */
const SEVEN: Stroke = [
  { x: 80, y: 60 },
  { x: 200, y: 60 },
  { x: 120, y: 240 },
];

function pixels(strokes: Stroke[], target: Parameters<typeof drawingToPixels>[1] = MNIST): Uint8Array {
  const result = drawingToPixels(strokes, target);
  if (!result) throw new Error('nothing was drawn');
  return result;
}

function asInk(data: Uint8Array, width = 28): Ink {
  return { width, height: data.length / width, coverage: Float32Array.from(data, (value) => value / 255) };
}

/** First and last row and column with any ink. */
function box(data: Uint8Array, width = 28): { left: number; top: number; right: number; bottom: number } {
  const at = [...data.keys()].filter((i) => data[i] > 0);
  const columns = at.map((i) => i % width);
  return {
    left: Math.min(...columns),
    right: Math.max(...columns),
    top: Math.floor(at[0] / width),
    bottom: Math.floor((at.at(-1) ?? 0) / width),
  };
}

const move = (stroke: Stroke, dx: number, dy: number, scale = 1): Stroke =>
  stroke.map(({ x, y }) => ({ x: x * scale + dx, y: y * scale + dy }));

describe('drawingToPixels', () => {
  it('gives nothing for an empty pad', () => {
    expect(drawingToPixels([], MNIST)).toBeNull();
    expect(drawingToPixels([[]], MNIST)).toBeNull();
  });

  it('gives one byte a pixel, white on black', () => {
    const data = pixels([SEVEN]);
    expect(data).toBeInstanceOf(Uint8Array);
    expect(data).toHaveLength(784);
    expect(Math.max(...data)).toBe(255);
    expect([data[0], data[27], data[756], data[783]]).toEqual([0, 0, 0, 0]);
  });

  it('scales the longer side to 20 pixels, whatever the size of the drawing', () => {
    for (const scale of [0.4, 0.7, 1, 1.1]) {
      const { top, bottom } = box(pixels([move(SEVEN, 0, 0, scale)]));
      expect(bottom - top + 1).toBe(20);
    }
    const wide = box(
      pixels([
        [
          { x: 30, y: 140 },
          { x: 250, y: 140 },
        ],
      ]),
    );
    expect(wide.right - wide.left + 1).toBe(20);
  });

  it('keeps the aspect ratio: a 1 stays thin', () => {
    const { left, right } = box(pixels([ONE]));
    expect(right - left + 1).toBeLessThanOrEqual(3);
  });

  it('draws the line two to three pixels wide, whatever the size of the drawing', () => {
    for (const scale of [0.4, 1]) {
      const data = pixels([move(ONE, 0, 0, scale)]);
      const row = data.subarray(14 * 28, 15 * 28).reduce((total, value) => total + value, 0) / 255;
      expect(row).toBeGreaterThan(1.9);
      expect(row).toBeLessThan(3);
    }
  });

  it('is the same wherever on the pad it was drawn', () => {
    const middle = pixels([SEVEN]);
    expect(pixels([move(SEVEN, 60, 20)])).toEqual(middle);
    expect(pixels([move(SEVEN, -70, -50)])).toEqual(middle);
  });

  it('puts the centre of mass in the middle, to half a pixel', () => {
    for (const stroke of [ONE, SEVEN]) {
      const { x, y } = centreOfMass(asInk(pixels([stroke])));
      expect(Math.abs(x - 14)).toBeLessThanOrEqual(0.51);
      expect(Math.abs(y - 14)).toBeLessThanOrEqual(0.51);
    }
  });

  it('does not centre the box: a 7, heavy at its top, sits lower than its box would', () => {
    const { top, bottom } = box(pixels([SEVEN]));
    expect(top).toBeGreaterThan(27 - bottom);
  });

  it('shows a single tap as a small dot in the middle', () => {
    const data = pixels([[{ x: 20, y: 250 }]]);
    const { left, right } = box(data);
    expect(Math.max(...data)).toBeGreaterThan(200);
    expect(right - left + 1).toBeLessThanOrEqual(5);
  });

  it('fits other input sizes, square or not', () => {
    for (const target of [
      { height: 32, width: 32, channels: 1 },
      { height: 20, width: 40, channels: 1 },
      { height: 64, width: 48, channels: 1 },
      { height: 5, width: 5, channels: 1 },
    ] as const) {
      const data = pixels([SEVEN], target);
      expect(data).toHaveLength(target.height * target.width);
      const { top, bottom } = box(data, target.width);
      expect(bottom - top + 1).toBe(Math.round((20 / 28) * Math.min(target.height, target.width)));
    }
  });

  it('repeats the grey value for colour models', () => {
    const grey = pixels([SEVEN]);
    const colour = pixels([SEVEN], { ...MNIST, channels: 3 });
    expect(colour).toHaveLength(3 * 784);
    expect([...colour].filter((_, i) => i % 3 === 0)).toEqual([...grey]);
    expect([...colour].filter((_, i) => i % 3 === 2)).toEqual([...grey]);
  });

  it('draws dark ink on white as the exact opposite', () => {
    const dark = drawingToPixels([SEVEN], MNIST, { darkInk: true });
    const light = pixels([SEVEN]);
    expect(dark?.[0]).toBe(255);
    const differences = [...(dark ?? [])].map((value, i) => Math.abs(value - (255 - light[i])));
    expect(differences).toHaveLength(784);
    expect(Math.max(...differences)).toBeLessThanOrEqual(1);
  });

  it('leaves the drawing where it is when it is not to be centred', () => {
    const corner = drawingToPixels([move(ONE, -100, 20)], MNIST, { centre: false });
    const { left, right, bottom } = box(corner ?? new Uint8Array(784));
    expect(left).toBeGreaterThanOrEqual(2);
    expect(right).toBeLessThanOrEqual(5);
    expect(bottom).toBeGreaterThanOrEqual(25);
  });
});

describe('centreInk', () => {
  it('never moves ink out of the picture, even when nearly all of the mass is at one end', () => {
    // A heavy block with a long thin tail to the right.
    const ink: Ink = { width: 200, height: 40, coverage: new Float32Array(8000) };
    for (let y = 0; y < 40; y++) ink.coverage.fill(1, y * 200, y * 200 + 40);
    ink.coverage.fill(1, 19 * 200, 20 * 200);
    const centred = centreInk(ink, MNIST);
    const total = centred?.coverage.reduce((sum, value) => sum + value, 0);
    // Area shrinks by the square of the scale, 20 / 200; nothing is lost.
    expect(total).toBeCloseTo((40 * 40 + 160) / 100, 4);
    expect(centred?.coverage.some((value, i) => i % 28 === 27 && value > 0)).toBe(true);
  });
});
