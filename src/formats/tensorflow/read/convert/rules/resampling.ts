/**
 * @file Which pixels a new pixel is made of, and their shares: computed by the graph, for pictures of any size, in float32 and in
 * TensorFlow's order. Sources: tensorflow/core/kernels/image/{image_resizer_state.h,resize_bilinear_op,
 * resize_nearest_neighbor_op,resize_area_op,scale_and_translate_op,sampling_kernels}.
 */
import type { Conversion } from '../context.ts';
import type { Dims, Value } from '../value.ts';
import { scalar } from './functions.ts';

/** How TensorFlow places pixels: by their middles, by the corners, or by their upper left edges. */
export type Placement = 'half_pixel' | 'align_corners' | 'asymmetric';

/** float32 arithmetic on names of tensors; numbers are constants. */
class Floats {
  readonly #to: Conversion;

  constructor(to: Conversion) {
    this.#to = to;
  }

  do(op: string, ...inputs: readonly (string | number)[]): string {
    return this.#to.draft.node(
      op,
      inputs.map((input) => (typeof input === 'number' ? scalar(this.#to, input, 'DT_FLOAT') : input)),
    );
  }

  /** 0, 1, … as floats; `[count]`, or `[count, 1]`. */
  count(count: string, upright = false): string {
    const { draft } = this.#to;
    const list = draft.node('Range', [scalar(this.#to, 0, 'DT_INT64'), count, scalar(this.#to, 1, 'DT_INT64')]);
    const floats = draft.node('Cast', [list], { to: 1 });
    return upright ? draft.node('Unsqueeze', [floats, draft.ints([1])]) : floats;
  }

  float({ name, known }: Side): string {
    return known === null ? this.#to.draft.node('Cast', [name], { to: 1 }) : scalar(this.#to, known, 'DT_FLOAT');
  }

  /** Of places that are whole numbers. */
  whole(x: string): string {
    return this.#to.draft.node('Cast', [x], { to: 7 });
  }

  sumOfRows(x: string): string {
    return this.#to.draft.node('ReduceSum', [x, this.#to.draft.ints([1])], { keepdims: 1 });
  }
}

/** A size, int64 without dimensions; and as a number where it is known. */
export interface Side {
  readonly name: string;
  readonly known: number | null;
}

/** The size of an axis, int64 without dimensions. @param axis 1 or 2 */
export function sideOf(to: Conversion, x: Value, axis: number): string {
  const known = x.shape?.[axis] ?? null;
  if (known !== null) return scalar(to, known, 'DT_INT64');
  const sizes = to.draft.node('Shape', [to.plain(x)]);
  return to.draft.node('Gather', [sizes, scalar(to, axis, 'DT_INT64')], { axis: 0 });
}

/** Old pixels for each new one, float32. */
function scaleOf(f: Floats, before: string, after: Side, placement: Placement): string {
  const [side, size] = [f.float({ name: before, known: null }), f.float(after)];
  const plain = f.do('Div', side, size);
  if (placement !== 'align_corners') return plain;
  const between = f.do('Div', f.do('Sub', side, 1), f.do('Max', f.do('Sub', size, 1), 1));
  return f.do('Where', f.do('Greater', size, 1), between, plain);
}

/** Places of new pixels among the old ones: `[after]`, or `[after, 1]`. */
function places(f: Floats, before: string, after: Side, placement: Placement, upright = false): string {
  const scale = scaleOf(f, before, after, placement);
  const count = f.count(after.name, upright);
  return placement === 'half_pixel' ? f.do('Mul', f.do('Add', count, 0.5), scale) : f.do('Mul', count, scale);
}

/** int64 `[after]`. @param before as `sideOf` */
export function nearestPixels(to: Conversion, before: string, after: Side, placement: Placement): string {
  const f = new Floats(to);
  const place = places(f, before, after, placement);
  // Halves go up, as `roundf` has them of what is not negative.
  const nearest = placement === 'align_corners' ? f.do('Floor', f.do('Add', place, 0.5)) : f.do('Floor', place);
  const last = to.draft.node('Sub', [before, scalar(to, 1, 'DT_INT64')]);
  return to.draft.node('Min', [f.whole(nearest), last]);
}

/** Bilinear, of the four pixels around: large pictures are neither turned nor made floats as a whole. */
export function blendPixels(
  to: Conversion,
  x: Value,
  size: readonly [Side, Side],
  placement: Placement,
  shape: Dims,
): Value {
  const f = new Floats(to);
  const along = ([0, 1] as const).map((i) => {
    const before = sideOf(to, x, i + 1);
    const raw = places(f, before, size[i], placement);
    const place = placement === 'half_pixel' ? f.do('Sub', raw, 0.5) : raw;
    const floor = f.do('Floor', place);
    const last = to.draft.node('Sub', [before, scalar(to, 1, 'DT_INT64')]);
    return {
      axis: i + 1,
      lower: to.draft.node('Max', [f.whole(floor), scalar(to, 0, 'DT_INT64')]),
      upper: to.draft.node('Min', [f.whole(f.do('Ceil', place)), last]),
      share: f.do('Sub', place, floor),
    };
  });
  const [rows, columns] = along;
  const gather = (from: string, places: string, axis: number): string =>
    to.draft.node('Gather', [from, places], { axis });
  const float = (from: string): string => (x.dtype === 'DT_FLOAT' ? from : to.draft.node('Cast', [from], { to: 1 }));
  const share = (from: string, axes: readonly number[]): string =>
    to.draft.node('Unsqueeze', [from, to.draft.ints(axes)]);
  const blend = (from: string, other: string, by: string): string =>
    f.do('Add', from, f.do('Mul', f.do('Sub', other, from), by));
  const line = (places: string): string => {
    const row = gather(to.plain(x), places, rows.axis);
    const [left, right] = [columns.lower, columns.upper].map((each) => float(gather(row, each, columns.axis)));
    return blend(left, right, share(columns.share, [1]));
  };
  const result = blend(line(rows.lower), line(rows.upper), share(rows.share, [1, 2]));
  return to.value(result, 'DT_FLOAT', shape);
}

/** How much of each old pixel lies under each new one: `[after, before]`, rows of sum 1. The last one goes on without end. */
export function areaShares(to: Conversion, before: string, after: Side, placement: Placement): string {
  const f = new Floats(to);
  const scale = scaleOf(f, before, after, placement);
  const count = f.count(after.name, true);
  const [from, until] = [f.do('Mul', count, scale), f.do('Mul', f.do('Add', count, 1), scale)];
  const left = f.count(before);
  const right = f.do('Add', left, 1);
  const isLast = f.do('Equal', right, f.float({ name: before, known: null }));
  const end = f.do('Where', isLast, 1e9, right);
  const covered = f.do('Sub', f.do('Min', end, until), f.do('Max', left, from));
  return f.do('Div', f.do('Max', covered, 0), scale);
}

/** TensorFlow reads weights from a table with so many places between two pixels. */
const CUBIC_TABLE = 1024;

/** Of the four pixels around each new one: `[after, before]`. Beyond the edges are none, or the last one again. */
export function cubicShares(to: Conversion, before: string, after: Side, placement: Placement): string {
  const f = new Floats(to);
  const isHalf = placement === 'half_pixel';
  const a = isHalf ? -0.5 : -0.75;
  const raw = places(f, before, after, placement, true);
  const place = isHalf ? f.do('Sub', raw, 0.5) : raw;
  const floor = f.do('Floor', place);
  const delta = f.do('Div', f.do('Round', f.do('Mul', f.do('Sub', place, floor), CUBIC_TABLE)), CUBIC_TABLE);
  const near = (x: string): string => {
    const inner = f.do('Sub', f.do('Mul', x, a + 2), a + 3);
    return f.do('Add', f.do('Mul', f.do('Mul', inner, x), x), 1);
  };
  const far = (x: string): string => {
    const inner = f.do('Add', f.do('Mul', f.do('Sub', f.do('Mul', x, a), 5 * a), x), 8 * a);
    return f.do('Sub', f.do('Mul', inner, x), 4 * a);
  };
  const rest = f.do('Sub', 1, delta);
  const taps = [far(f.do('Add', delta, 1)), near(delta), near(rest), far(f.do('Add', rest, 1))];
  const old = f.count(before);
  const last = f.do('Sub', f.float({ name: before, known: null }), 1);
  const parts = taps.map((share, i) => {
    const at = f.do('Add', floor, i - 1);
    const kept = isHalf ? at : f.do('Min', f.do('Max', at, 0), last);
    return f.do('Where', f.do('Equal', old, kept), share, 0);
  });
  const shares = parts.reduce((sum, part) => f.do('Add', sum, part));
  return isHalf ? f.do('Div', shares, f.sumOfRows(shares)) : shares;
}

/** By the distance in pixels. */
const KERNELS = {
  triangle: { radius: 1, value: (f: Floats, x: string) => f.do('Max', f.do('Sub', 1, x), 0) },
  box: {
    radius: 1,
    value: (f: Floats, x: string) =>
      f.do('Where', f.do('Less', x, 0.5), 1, f.do('Where', f.do('Equal', x, 0.5), 0.5, 0)),
  },
  keyscubic: {
    radius: 2,
    value(f: Floats, x: string) {
      const near = f.do('Add', f.do('Mul', f.do('Mul', f.do('Sub', f.do('Mul', x, 1.5), 2.5), x), x), 1);
      const middle = f.do(
        'Add',
        f.do('Mul', f.do('Sub', f.do('Mul', f.do('Add', f.do('Mul', x, -0.5), 2.5), x), 4), x),
        2,
      );
      return f.do('Where', f.do('Less', x, 1), near, f.do('Where', f.do('Less', x, 2), middle, 0));
    },
  },
  mitchellcubic: {
    radius: 2,
    value(f: Floats, x: string) {
      const near = f.do('Add', f.do('Mul', f.do('Mul', f.do('Sub', f.do('Mul', x, 7 / 6), 2), x), x), 16 / 18);
      const inner = f.do('Sub', f.do('Mul', f.do('Add', f.do('Mul', x, -7 / 18), 2), x), 10 / 3);
      const middle = f.do('Add', f.do('Mul', inner, x), 16 / 9);
      return f.do('Where', f.do('Less', x, 1), near, f.do('Where', f.do('Less', x, 2), middle, 0));
    },
  },
  gaussian: {
    radius: 1.5,
    value: (f: Floats, x: string) =>
      f.do('Where', f.do('Less', x, 1.5), f.do('Exp', f.do('Div', f.do('Mul', x, x), -0.5)), 0),
  },
  lanczos3: { radius: 3, value: (f: Floats, x: string) => lanczos(f, x, 3) },
  lanczos5: { radius: 5, value: (f: Floats, x: string) => lanczos(f, x, 5) },
  lanczos1: { radius: 1, value: (f: Floats, x: string) => lanczos(f, x, 1) },
} as const;
type Kernel = keyof typeof KERNELS;

export function isKernel(name: string): name is Kernel {
  return Object.hasOwn(KERNELS, name);
}

function lanczos(f: Floats, x: string, radius: number): string {
  const angle = f.do('Mul', x, Math.PI);
  const waves = f.do('Mul', f.do('Mul', f.do('Sin', angle), radius), f.do('Sin', f.do('Div', angle, radius)));
  const square = f.do('Max', f.do('Mul', angle, angle), 1e-12);
  const inside = f.do('Where', f.do('LessOrEqual', x, 1e-3), 1, f.do('Div', waves, square));
  return f.do('Where', f.do('Greater', x, radius), 0, inside);
}

/**
 * Shares by a kernel around each new pixel: `[after, before]`, rows of sum 1, or 0 for pixels that lie outside.
 * @param scale float32, how many new pixels an old one becomes
 */
export function kernelShares(
  to: Conversion,
  before: string,
  after: Side,
  scale: string,
  kernel: Kernel,
  antialias: boolean,
): string {
  const f = new Floats(to);
  const { radius, value } = KERNELS[kernel];
  const inverse = f.do('Div', 1, scale);
  const kernelScale = antialias ? f.do('Max', inverse, 1) : scalar(to, 1, 'DT_FLOAT');
  const middle = f.do('Mul', f.do('Add', f.count(after.name, true), 0.5), inverse);
  const side = to.draft.node('Cast', [before], { to: 1 });
  const old = f.count(before);
  const reach = f.do('Mul', kernelScale, radius);
  const first = f.do('Max', f.do('Ceil', f.do('Sub', f.do('Sub', middle, reach), 0.5)), 0);
  const last = f.do('Min', f.do('Floor', f.do('Sub', f.do('Add', middle, reach), 0.5)), f.do('Sub', side, 1));
  const distance = f.do('Abs', f.do('Div', f.do('Sub', f.do('Add', old, 0.5), middle), kernelScale));
  const isIn = f.do('And', f.do('GreaterOrEqual', old, first), f.do('LessOrEqual', old, last));
  const shares = f.do('Where', isIn, value(f, distance), 0);
  const sum = f.sumOfRows(shares);
  const isNone = f.do('Less', f.do('Abs', sum), 1e-30);
  return f.do('Where', isNone, 0, f.do('Div', shares, f.do('Where', isNone, 1, sum)));
}
