/** @file Layers that take several values, as users write them: `apply(add(), [left, right])`. */
import { type Common, type Layer, layer, type Named } from './layer.ts';

/** The sum, element by element. Shapes are equal, or 1 where they differ: `[h, w, c]` and `[1, 1, c]`. */
export function add(config: Common = {}): Layer {
  return layer('Add', config as Named<'Add'>);
}

/** The first less the second. Shapes as of `add`. */
export function subtract(config: Common = {}): Layer {
  return layer('Subtract', config as Named<'Subtract'>);
}

/** The product, element by element. Shapes as of `add`. */
export function multiply(config: Common = {}): Layer {
  return layer('Multiply', config as Named<'Multiply'>);
}

/** The mean, element by element. Shapes as of `add`. */
export function average(config: Common = {}): Layer {
  return layer('Average', config as Named<'Average'>);
}

/** The largest, element by element; of equal ones the first takes the gradient. Shapes are equal. */
export function maximum(config: Common = {}): Layer {
  return layer('Maximum', config as Named<'Maximum'>);
}

/** Joins along an axis, by default the last: the channels. */
export function concatenate(config: Named<'Concatenate'> = {}): Layer {
  return layer('Concatenate', config);
}
