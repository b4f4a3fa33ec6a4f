/** @file The layers of a model that is written: each once, in Keras' order, with its calls and its weights. */
import { type NetworkSpec, PictorError, type WeightTensor } from '../../../contracts/index.ts';
import { inKerasOrder } from '../layer-order.ts';
import { kerasLayers } from '../layouts.ts';
import type { KerasCalls } from './keras-calls.ts';
import type { KerasCall } from './rule.ts';

export interface WrittenWeight {
  /** In Keras' words, such as `moving_mean`. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

export interface WrittenLayer {
  readonly name: string;
  readonly className: string;
  readonly config: KerasCall['config'];
  readonly trainable: boolean;
  readonly calls: readonly KerasCall[];
  readonly weights: readonly WrittenWeight[];
}

/** Where a call's result is: its layer, and which of the layer's calls it is. */
export interface CallPlace {
  readonly layer: string;
  readonly call: number;
  readonly shape: readonly number[];
}

export interface WrittenModel {
  readonly name: string;
  readonly input: string;
  readonly inputShape: readonly number[];
  /** Without the input layer. */
  readonly layers: readonly WrittenLayer[];
  /** By the name of the call, or of the input. */
  readonly places: ReadonlyMap<string, CallPlace>;
  readonly output: string;
}

/** Weights of a BatchNormalization that stands for numbers. */
const NUMBERS = ['gamma', 'beta', 'moving_mean', 'moving_variance'];

/** @param weights in our layout @throws `network_invalid` when one is missing */
export function writtenModel(
  spec: NetworkSpec,
  weights: ReadonlyMap<string, WeightTensor>,
  { input, inputShape, calls, output }: KerasCalls,
): WrittenModel {
  const own = new Map(kerasLayers(spec).map((layer) => [layer.name, layer]));
  const places = new Map<string, CallPlace>([[input, { layer: input, call: 0, shape: inputShape }]]);
  const byLayer = new Map<string, KerasCall[]>();
  for (const call of calls) {
    const layer = call.weightsOf ?? call.name;
    const earlier = byLayer.get(layer) ?? [];
    places.set(call.name, { layer, call: earlier.length, shape: call.shape });
    byLayer.set(layer, [...earlier, call]);
  }
  const weightsOf = (call: KerasCall): WrittenWeight[] => {
    const { weights: source } = call;
    if (!source) return [];
    if ('numbers' in source) {
      return source.numbers.map((numbers, index) => ({
        name: NUMBERS[index],
        shape: [numbers.length],
        data: Float32Array.from(numbers),
      }));
    }
    return (own.get(source.node)?.parameters ?? []).map(({ name, shape, restore }) => {
      const tensor = weights.get(name);
      if (!tensor) throw new PictorError('network_invalid', `Weight "${name}" of network "${spec.name}" is missing.`);
      return { name: weightName(name, call.className), shape, data: restore(tensor.data) };
    });
  };
  const layers = inKerasOrder(calls, output).map((call): WrittenLayer => {
    const { name, className, config, trainable } = call;
    return { name, className, config, trainable, calls: byLayer.get(name) ?? [], weights: weightsOf(call) };
  });
  return { name: modelName(spec.name), input, inputShape, layers, places, output };
}

/** `bn/movingMean` → `moving_mean`; names count for TensorFlow.js alone, which has those of Keras 2. */
function weightName(parameter: string, className: string): string {
  const own = parameter.slice(parameter.lastIndexOf('/') + 1);
  if (className === 'DepthwiseConv2D' && own === 'kernel') return 'depthwise_kernel';
  return own.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function modelName(name: string): string {
  return name.replace(/[^A-Za-z0-9_.-]/g, '_').replace(/^[^A-Za-z0-9]+/, '') || 'model';
}
