/** @file Adds the forward pass of a network to a graph. */
import type { LayerConfigs, LayerNode, LayerType, NetworkSpec } from '../../contracts/index.ts';
import type { GraphBuilder } from '../graph/builder.ts';
import type { Value } from '../graph/graph.ts';
import type { Dimension } from '../graph/ops.ts';
import { fromKerasOrder, inKerasOrder, toKerasOrder } from '../layers/axes.ts';
import { LAYERS } from '../layers/index.ts';
import type { ForwardContext, LayerRule } from '../layers/rule.ts';
import { parameterName } from './describe.ts';
import { NETWORK_INPUT, type ResolvedLayer } from './resolve.ts';
import { type RowOrder, rowOrders } from './row-order.ts';

export interface ForwardOptions {
  /** Float pictures `[batch, height, width, channels]`, 0..255. */
  readonly pictures: Value;
  /** Gives a parameter by its full name. */
  readonly parameter: (name: string) => Value;
  /** Gives the mask of a dropout layer, or null when the graph is not for training. */
  readonly dropoutMask: (layer: string, shape: readonly Dimension[], rate: number) => Value | null;
  /** Set for training: takes what a state is after the step, by its full name, from what it was. */
  readonly updateState?: (name: string, next: (current: Value) => Value) => void;
  /** Called for every layer; `value` gives its result with the axes and the order of Keras. */
  readonly onLayer?: (name: string, value: () => Value) => void;
}

/** @returns the logits `[batch, classes]` */
export function addForwardPass(
  builder: GraphBuilder,
  spec: NetworkSpec,
  layers: readonly ResolvedLayer[],
  options: ForwardOptions,
): Value {
  builder.scope = NETWORK_INPUT;
  const values = new Map([[NETWORK_INPUT, fromKerasOrder(builder, options.pictures)]]);
  const { height, width, channels } = spec.input;
  const orders = rowOrders(layers, [height, width, channels]);
  for (const { node, weightsOf, trainable } of layers) {
    builder.scope = node.name;
    const context: ForwardContext = {
      builder,
      parameter: (name) => options.parameter(parameterName(weightsOf, name)),
      dropoutMask: (shape, rate) => options.dropoutMask(node.name, shape, rate),
      training: options.updateState !== undefined && trainable,
      updateState: (name, next) => options.updateState?.(parameterName(weightsOf, name), next),
    };
    const inputs = node.inputs.map((name, index) => {
      const value = values.get(name) as Value;
      const order = orders.get(node.name)?.undone[index];
      return order ? inKerasOrder(builder, value, order) : value;
    });
    const result = forward(context, node, inputs);
    values.set(node.name, result);
    options.onLayer?.(node.name, () => asInKeras(builder, result, orders.get(node.name)?.given ?? null));
  }
  builder.scope = '';
  return values.get(spec.output) as Value;
}

function forward<T extends LayerType>(
  context: ForwardContext,
  node: LayerNode & { layer: T },
  inputs: readonly Value[],
): Value {
  const rule = LAYERS[node.layer] as LayerRule<T>;
  return rule.forward(context, inputs, node.config as LayerConfigs[T]);
}

function asInKeras(builder: GraphBuilder, value: Value, order: RowOrder): Value {
  return order ? inKerasOrder(builder, value, order) : toKerasOrder(builder, value);
}
