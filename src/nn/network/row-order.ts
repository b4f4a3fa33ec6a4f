/**
 * @file In which order the numbers of rows are.
 *
 * Keras flattens a picture row by row, column by column, channel by channel; here channels come first, and a Flatten moves
 * nothing. For a Dense layer that is only another order of its kernel's rows. Where the order would show, such as in a
 * Reshape, the row is put into Keras' order before.
 */
import type { LayerNode, LayerType } from '../../contracts/index.ts';
import { LAYERS } from '../layers/index.ts';
import type { LayerRule, LayerShape } from '../layers/rule.ts';
import { NETWORK_INPUT, type ResolvedLayer } from './resolve.ts';

/** Shape of the picture whose numbers a row has in channel-major order; null when they are in Keras' order. */
export type RowOrder = LayerShape | null;

export interface RowOrders {
  /** Of each input, as the layer takes it. */
  readonly taken: readonly RowOrder[];
  /** Of each input, when it has to be put into Keras' order first. */
  readonly undone: readonly RowOrder[];
  /** Of what the layer gives. */
  readonly given: RowOrder;
}

/** By the name of the layer. */
export function rowOrders(layers: readonly ResolvedLayer[], picture: LayerShape): Map<string, RowOrders> {
  const shapes = new Map<string, LayerShape>([[NETWORK_INPUT, picture]]);
  const given = new Map<string, RowOrder>();
  const result = new Map<string, RowOrders>();
  for (const { node, outputShape } of layers) {
    const orders = node.inputs.map((name) => given.get(name) ?? null);
    const { channelMajor } = LAYERS[node.layer] as LayerRule<LayerType>;
    const kept =
      channelMajor === 'takes' || (channelMajor === 'keeps' && orders.every((order) => same(order, orders[0])));
    shapes.set(node.name, outputShape);
    const order = (channelMajor === 'keeps' && kept ? orders[0] : null) ?? flattened(node, shapes);
    given.set(node.name, order);
    result.set(node.name, {
      taken: kept ? orders : orders.map(() => null),
      undone: kept ? orders.map(() => null) : orders,
      given: order,
    });
  }
  return result;
}

function same(a: RowOrder, b: RowOrder): boolean {
  return a?.join() === b?.join();
}

/** With one channel, or one pixel, both orders are the same. */
function flattened(node: LayerNode, shapes: ReadonlyMap<string, LayerShape>): RowOrder {
  const shape = shapes.get(node.inputs[0]) as LayerShape;
  if (node.layer !== 'Flatten' || shape.length !== 3) return null;
  return shape[2] > 1 && shape[0] * shape[1] > 1 ? shape : null;
}
