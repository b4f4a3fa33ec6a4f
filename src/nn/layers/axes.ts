/** @file Where the axes of Keras' shapes lie in the graph: pictures `[h, w, c]` are `[batch, c, h, w]` there. */
import type { GraphBuilder } from '../graph/builder.ts';
import type { Value } from '../graph/graph.ts';
import type { LayerShape } from './rule.ts';

/** Axis in the graph of the axis `position` (0 is the first after the batch) of a shape of `rank` axes. */
export function graphAxis(position: number, rank: number): number {
  return rank === 3 ? [2, 3, 1][position] : position + 1;
}

/** A picture `[batch, c, h, w]` as `[batch, h, w, c]`; other values are in Keras' order already. */
export function toKerasOrder(builder: GraphBuilder, x: Value): Value {
  if (x.shape.length !== 4) return x;
  const [, channels, height, width] = x.shape;
  return moved(builder, x, [0, 2, 3, 1], channels === 1 || (height === 1 && width === 1));
}

/** The other way round. */
export function fromKerasOrder(builder: GraphBuilder, x: Value): Value {
  if (x.shape.length !== 4) return x;
  const [, height, width, channels] = x.shape;
  return moved(builder, x, [0, 3, 1, 2], channels === 1 || (height === 1 && width === 1));
}

/** With one channel, or one pixel, both orders are the same numbers. */
function moved(builder: GraphBuilder, x: Value, permutation: readonly number[], sameNumbers: boolean): Value {
  if (!sameNumbers) return builder.apply('transpose', [x], { permutation });
  return builder.reshape(
    x,
    permutation.map((axis) => x.shape[axis]),
  );
}

/** A row in channel-major order, such as a Flatten leaves it, as Keras has it: row, column, channel. */
export function inKerasOrder(builder: GraphBuilder, row: Value, [height, width, channels]: LayerShape): Value {
  const [batch, count] = row.shape;
  const picture = builder.reshape(row, [batch, channels, height, width]);
  return builder.reshape(toKerasOrder(builder, picture), [batch, count]);
}
