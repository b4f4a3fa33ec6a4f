/** @file Where the axes of Keras' shapes lie in the graph: pictures `[h, w, c]` are `[batch, c, h, w]` there. */
import type { GraphBuilder } from '../graph/builder.ts';
import type { Value } from '../graph/graph.ts';
import type { LayerShape } from './rule.ts';

/** Axis in the graph of the axis `position` (0 is the first after the batch) of a shape of `rank` axes. */
export function graphAxis(position: number, rank: number): number {
  return rank === 3 ? [2, 3, 1][position] : position + 1;
}

/** A row in channel-major order, such as a Flatten leaves it, as Keras has it: row, column, channel. */
export function inKerasOrder(builder: GraphBuilder, row: Value, [height, width, channels]: LayerShape): Value {
  const [batch, count] = row.shape;
  const picture = builder.reshape(row, [batch, channels, height, width]);
  const moved = builder.apply('transpose', [picture], { permutation: [0, 2, 3, 1] });
  return builder.reshape(moved, [batch, count]);
}
