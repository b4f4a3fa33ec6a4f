/** @file A network as one TensorFlow function: pixels and variables in, what its signatures give out. */
import {
  type LayerConfigs,
  type LayerNode,
  type LayerType,
  type NetworkSpec,
  PictorError,
} from '../../../contracts/index.ts';
import { describeNetwork, type LayerShape, NETWORK_INPUT } from '../../../nn/index.ts';
import { attribute } from './attributes.ts';
import type { FunctionBuilder, TfValue } from './function-builder.ts';
import { TF_LAYERS, type TfLayerContext, type TfLayerRule } from './layers/index.ts';
import type { TfVariable } from './variables.ts';

/**
 * Adds the forward pass.
 * @param pixels float32 `[batch, height, width, channels]`
 * @param handles of the variables, by the names of the parameters
 * @returns what each layer gives, by name, in Keras' order of axes
 * @throws `export_unsupported` naming the layer that TensorFlow has no ops for
 */
export function addNetwork(
  b: FunctionBuilder,
  spec: NetworkSpec,
  pixels: TfValue,
  handles: ReadonlyMap<string, TfValue>,
): ReadonlyMap<string, TfValue> {
  const { height, width, channels } = spec.input;
  const shapes = new Map<string, LayerShape>([[NETWORK_INPUT, [height, width, channels]]]);
  for (const { name, outputShape } of describeNetwork(spec).layers) shapes.set(name, outputShape);
  const shapeOf = (name: string) => shapes.get(name) as LayerShape;
  const values = new Map([[NETWORK_INPUT, pixels]]);
  const read = new Map<string, TfValue>();
  const weight = (name: string): TfValue => {
    const known = read.get(name);
    if (known) return known;
    const handle = handles.get(name) as TfValue;
    const value = b.node('ReadVariableOp', [handle], { dtype: attribute.type('DT_FLOAT') });
    read.set(name, value);
    return value;
  };
  for (const node of spec.nodes) {
    b.scope = node.name;
    const context: TfLayerContext = {
      b,
      weight: (name) => weight(`${node.weightsOf ?? node.name}/${name}`),
      inputShapes: node.inputs.map(shapeOf),
      outputShape: shapeOf(node.name),
    };
    const inputs = node.inputs.map((name) => values.get(name) as TfValue);
    values.set(node.name, addLayer(context, node, inputs));
  }
  b.scope = '';
  return values;
}

function addLayer<T extends LayerType>(
  context: TfLayerContext,
  node: LayerNode & { layer: T },
  inputs: readonly TfValue[],
): TfValue {
  const rule = TF_LAYERS[node.layer] as TfLayerRule<T>;
  if (typeof rule === 'function') return rule(context, inputs, node.config as LayerConfigs[T]);
  throw new PictorError(
    'export_unsupported',
    `Layer "${node.name}" (${node.layer}) cannot be written for TensorFlow: ${rule.unsupported}.`,
    { details: { layer: node.name } },
  );
}

/** Name of the function's argument that is a variable. */
export function variableArgument({ index }: TfVariable): string {
  return `variable_${index}`;
}
