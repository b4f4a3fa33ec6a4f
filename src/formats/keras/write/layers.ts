/** @file How each of our layers is written in each of Keras' dialects. Total over the layers. */
import type { LayerNode, LayerType } from '../../../contracts/index.ts';
import { activationLayers, ownLayer } from './own-layer.ts';
import { cannotWrite, type WritePlace, type WriteRule } from './rule.ts';

function same<T extends LayerType>(place: WritePlace<T>): string {
  return ownLayer(place);
}

const average = globalPooling<'GlobalAveragePooling2D'>();
const maximum = globalPooling<'GlobalMaxPooling2D'>();

export const WRITTEN: { readonly [T in LayerType]: WriteRule<T> } = {
  Rescaling: (place) => {
    const { scale, offset = 0 } = place.node.config;
    const isPlain = typeof scale === 'number' && typeof offset === 'number';
    if (isPlain || place.dialect !== 'tfjs') return ownLayer(place, 'Rescaling', { offset });
    return perChannel(place, [scale].flat(), [offset].flat());
  },
  Normalization: (place) => {
    const { mean, variance } = place.node.config;
    const lists = { mean: [mean].flat(), variance: [variance].flat() };
    const scale = lists.variance.map((value) => 1 / Math.max(Math.sqrt(value), 1e-7));
    const offset = lists.mean.map((value, index) => -value * scale[index]);
    if (typeof mean === 'number') return place.own('Rescaling', { scale: scale[0], offset: offset[0] });
    if (place.dialect === 'tfjs') return perChannel(place, scale, offset);
    return ownLayer(place, 'Normalization', { ...lists, axis: -1 });
  },
  Conv2D: (place) => {
    const { groups = 1 } = place.node.config;
    if (place.dialect === 'tfjs' && groups !== 1)
      throw cannotWrite(place.node, 'tfjs', 'has groups, which do not exist');
    return ownLayer(place);
  },
  DepthwiseConv2D: (place) => {
    if (place.dialect === 'tfjs' && Math.max(...[place.node.config.dilationRate ?? 1].flat()) > 1) {
      throw cannotWrite(place.node, 'tfjs', 'has dilation, whose shapes are computed otherwise');
    }
    return ownLayer(place);
  },
  SeparableConv2D: same,
  Conv2DTranspose: (place) => {
    const { outputPadding, dilationRate = 1 } = place.node.config;
    if (place.dialect === 'tfjs' && (outputPadding !== undefined || Math.max(...[dilationRate].flat()) > 1)) {
      throw cannotWrite(place.node, 'tfjs', 'has outputPadding or dilation, which do not exist');
    }
    return ownLayer(place);
  },
  ZeroPadding2D: (place) => ownLayer(place, 'ZeroPadding2D', { padding: place.node.config.padding ?? 1 }),
  Cropping2D: (place) => ownLayer(place, 'Cropping2D', { cropping: place.node.config.cropping ?? 0 }),
  UpSampling2D: (place) => {
    if (place.dialect === 'tfjs' && place.node.config.interpolation === 'bilinear') {
      throw cannotWrite(place.node, 'tfjs', 'is bilinear, which is computed otherwise');
    }
    return ownLayer(place);
  },
  Resizing: onlyInKeras,
  CenterCrop: onlyInKeras,
  SpatialDropout2D: (place) => ownLayer(place, place.dialect === 'tfjs' ? 'Dropout' : 'SpatialDropout2D'),
  MaxPooling2D: same,
  AveragePooling2D: same,
  // TensorFlow.js flattens no rows.
  Flatten: (place) =>
    place.dialect === 'tfjs' && place.inputShapes[0].length === 1 ? place.node.inputs[0] : ownLayer(place),
  Dropout: same,
  Dense: same,
  Activation: (place) => activationLayers(place, place.node.config.activation, place.node.inputs[0]),
  PReLU: same,
  GlobalAveragePooling2D: average,
  GlobalMaxPooling2D: maximum,
  // TensorFlow.js leaves a -1 open.
  Reshape: (place) => ownLayer(place, 'Reshape', { target_shape: place.outputShape }),
  Permute: same,
  LayerNormalization: (place) => ownLayer(place, 'LayerNormalization', { axis: -1 }),
  BatchNormalization: (place) => ownLayer(place, 'BatchNormalization', { axis: -1 }),
  Add: merge,
  Subtract: (place) => {
    if (place.dialect !== 'tfjs') return ownLayer(place);
    const [first, second] = place.node.inputs;
    const shape = place.inputShapes[1];
    return place.own('Add', {}, [first, place.extra('Rescaling', { scale: -1, offset: 0 }, [second], { shape })]);
  },
  Multiply: merge,
  Average: merge,
  Maximum: merge,
  Concatenate: (place) => {
    const { axis = -1 } = place.node.config;
    // TensorFlow.js takes every negative axis for the last one.
    return merge(place, { axis: axis < 0 ? place.outputShape.length + 1 + axis : axis });
  },
};

/** Merges of one value are that value. */
function merge<T extends LayerType>(place: WritePlace<T>, changes = {}): string {
  return place.node.inputs.length === 1 ? place.node.inputs[0] : ownLayer(place, place.node.layer, changes);
}

/** TensorFlow.js, and Keras before 2.6, have no `keepdims`. */
function globalPooling<T extends 'GlobalAveragePooling2D' | 'GlobalMaxPooling2D'>(): WriteRule<T> {
  return (place) => {
    const { keepdims = false } = place.node.config;
    if (!keepdims || place.dialect === 'keras') return ownLayer(place);
    const channels = place.outputShape.slice(-1);
    const pooled = place.extra(place.node.layer, {}, place.node.inputs, { shape: channels });
    return place.own('Reshape', { target_shape: place.outputShape }, [pooled]);
  };
}

function onlyInKeras<T extends 'Resizing' | 'CenterCrop'>(place: WritePlace<T>): string {
  if (place.dialect === 'tfjs') throw cannotWrite(place.node as LayerNode, 'tfjs', 'is computed otherwise');
  return ownLayer(place);
}

/** `x * scale + offset` with a number for each channel, as a normalisation with fixed averages. */
function perChannel<T extends LayerType>(
  place: WritePlace<T>,
  scale: readonly number[],
  offset: readonly number[],
): string {
  const channels = place.outputShape.at(-1) ?? 1;
  const each = (numbers: readonly number[]): number[] =>
    Array.from({ length: channels }, (_, channel) => numbers[numbers.length === 1 ? 0 : channel]);
  const [mean, variance] = [new Array<number>(channels).fill(0), new Array<number>(channels).fill(1)];
  const config = { axis: -1, epsilon: 1e-12, trainable: false };
  const numbers = [each(scale), each(offset), mean, variance];
  return place.extra('BatchNormalization', config, place.node.inputs, { numbers });
}
