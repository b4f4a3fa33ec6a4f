/**
 * @file The gradient of max-pools of 2 x 2 that tile the picture, with one winner for each tile.
 *
 * Which pixels are maxima is one comparison with the repeated maximum. Mostly that is one pixel in a tile, but pictures
 * with even areas are full of ties, and then only the first in row-major order may take the gradient. That is worked out
 * on booleans, a byte each, always in long contiguous runs; the whole costs what the comparison and a `Where` would.
 */
import { elementCount } from '../../graph/graph.ts';
import type { Pair, WindowAttributes } from '../../graph/ops.ts';
import { isTiling } from '../../graph/window.ts';
import { ONNX_TYPES, type OnnxWriter } from '../writer.ts';
import { framed, type LoweringCall, padPixels, reshape, slice } from './rule.ts';
import { pictureSize, repeatTiles } from './windows.ts';

const PAIR: Pair = [2, 2];

export function isPairTiling(attributes: WindowAttributes): boolean {
  return isTiling(attributes) && attributes.kernel[0] === 2 && attributes.kernel[1] === 2;
}

export function winnersOfPairs({ writer, inputs, types, result, output }: LoweringCall<'maxPool2dGradient'>): void {
  const [x, maxima, gradient] = inputs;
  const size = pictureSize(types[0].shape);
  const tiles = pictureSize(types[1].shape);
  const tiled: Pair = [2 * tiles[0], 2 * tiles[1]];
  const rest: Pair = [size[0] - tiled[0], size[1] - tiled[1]];
  const repeat = (value: string): string => repeatTiles(writer, value, PAIR, tiles, tiled);
  const picture = framed(writer, x, size, [0, 0, -rest[0], -rest[1]]);
  const isMaximum = writer.node('Equal', [picture, repeat(maxima)]);
  const pairs = elementCount(types[1].shape) * 2;
  const wins = reshape(writer, firstOfTiles(writer, isMaximum, { pairs, across: tiles[1], run: 1 }), [
    ...result.shape.slice(0, 2),
    ...tiled,
  ]);
  const factors = writer.node('Cast', [wins], { to: ONNX_TYPES.float32 });
  const whole = rest[0] === 0 && rest[1] === 0;
  const shares = writer.node('Mul', [factors, repeat(gradient)], {}, whole ? output : undefined);
  if (!whole) padPixels(writer, shares, [0, 0, ...rest], output);
}

export interface TileFlags {
  /** Number of horizontal pairs of pixels. */
  readonly pairs: number;
  /** Number of tiles in a row. */
  readonly across: number;
  /** Number of flags that each pixel has, one after another. */
  readonly run: number;
}

/** Of the true flags in each tile only the first stays. */
export function firstOfTiles(writer: OnnxWriter, flags: string, { pairs, across, run }: TileFlags): string {
  const half = pairs * run;
  const row = across * run;
  // All left pixels, then all right ones; in each half, a row of upper pixels, one of lower ones, and so on.
  // Flat, because the runtime would move the transposition past a slice of its result, which makes the slice slow.
  const transposed = writer.node('Transpose', [reshape(writer, flags, [pairs, 2, run])], { perm: [1, 0, 2] });
  const apart = reshape(writer, transposed, [2 * half]);
  const left = slice(writer, apart, [0], [0], [half]);
  const right = slice(writer, apart, [0], [half], [2 * half]);
  const either = writer.node('Or', [left, right]);
  const rightFirst = writer.node('Xor', [either, left]);
  // A row earlier: for a lower pair, the pair above it. The first row of all has none above.
  const start = writer.constant('bool', new Uint8Array(row), [row], null);
  const above = writer.node('Concat', [start, slice(writer, either, [0], [0], [half - row])], { axis: 0 });
  const open = writer.node('Not', [onlyLowerRows(writer, above, half, row)]);
  const winners = [left, rightFirst].map((side) => writer.node('And', [side, open]));
  const together = reshape(writer, writer.node('Concat', winners, { axis: 0 }), [2, pairs, run]);
  return writer.node('Transpose', [together], { perm: [1, 0, 2] });
}

/** Clears the flags of upper rows. The pattern of rows is repeated a while, as short runs are slow to combine. */
function onlyLowerRows(writer: OnnxWriter, flags: string, count: number, row: number): string {
  const strips = count / (2 * row);
  let repeats = 1;
  for (let divisor = 1; divisor * row <= 4096 && divisor <= strips; divisor++) {
    if (strips % divisor === 0) repeats = divisor;
  }
  const run = repeats * 2 * row;
  const lower = Uint8Array.from({ length: run }, (_, index) => Math.floor(index / row) % 2);
  const rows = reshape(writer, flags, [count / run, run]);
  const cleared = writer.node('And', [rows, writer.constant('bool', lower, [run], null)]);
  return reshape(writer, cleared, [count]);
}
