/** @file Layers that pool, pad, crop and resize pictures, as TensorFlow's ops. */
import type { PoolingConfig } from '../../../../contracts/index.ts';
import { cropBeforeResizing, edgesOf, type LayerShape, nearestPixels } from '../../../../nn/index.ts';
import { attribute } from '../attributes.ts';
import type { FunctionBuilder, TfAttributes, TfValue } from '../function-builder.ts';
import { overPicture } from './convolutions.ts';
import { same, type TfLayerContext, type TfLayerRules } from './rule.ts';

type Pair = readonly [number, number];
/** `[top, left, height, width]` */
type Part = readonly [number, number, number, number];

export const PICTURE_LAYERS: TfLayerRules<
  | 'MaxPooling2D'
  | 'AveragePooling2D'
  | 'GlobalAveragePooling2D'
  | 'GlobalMaxPooling2D'
  | 'ZeroPadding2D'
  | 'Cropping2D'
  | 'UpSampling2D'
  | 'Resizing'
  | 'CenterCrop'
  | 'SpatialDropout2D'
> = {
  MaxPooling2D: ({ b }, [x], config) => b.node('MaxPool', [x], poolAttributes(config)),
  // As Keras' layer, it takes the mean of those pixels that are there.
  AveragePooling2D: ({ b }, [x], config) => b.node('AvgPool', [x], poolAttributes(config)),
  GlobalAveragePooling2D: ({ b }, [x], { keepdims = false }) =>
    b.node('Mean', [x, b.ints(1, 2)], { keep_dims: attribute.flag(keepdims) }),
  GlobalMaxPooling2D: ({ b }, [x], { keepdims = false }) =>
    b.node('Max', [x, b.ints(1, 2)], { keep_dims: attribute.flag(keepdims) }),
  ZeroPadding2D: ({ b }, [x], { padding = 1 }) => {
    const [top, left, bottom, right] = edgesOf(padding);
    return b.node('Pad', [
      x,
      b.intRows([
        [0, 0],
        [top, bottom],
        [left, right],
        [0, 0],
      ]),
    ]);
  },
  Cropping2D: ({ b, outputShape: [height, width] }, [x], { cropping = 0 }) => {
    const [top, left] = edgesOf(cropping);
    return part(b, x, [top, left, height, width]);
  },
  UpSampling2D: (context, [x], { interpolation = 'nearest' }) => {
    const { outputShape } = context;
    return resize(context, x, sizeOf(context.inputShapes[0]), sizeOf(outputShape), interpolation);
  },
  Resizing: (context, [x], { interpolation = 'bilinear', cropToAspectRatio = false }) => {
    const { b, inputShapes, outputShape } = context;
    const [size, wanted] = [sizeOf(inputShapes[0]), sizeOf(outputShape)];
    if (!cropToAspectRatio) return resize(context, x, size, wanted, interpolation);
    const shown = cropBeforeResizing(size, wanted);
    return resize(context, part(b, x, shown), [shown[2], shown[3]], wanted, interpolation);
  },
  CenterCrop: (context, [x]) => {
    const { b, inputShapes, outputShape } = context;
    const [size, wanted] = [sizeOf(inputShapes[0]), sizeOf(outputShape)];
    if (size[0] >= wanted[0] && size[1] >= wanted[1]) return part(b, x, middle(size, wanted));
    const shown = cropBeforeResizing(size, wanted);
    return resize(context, part(b, x, shown), [shown[2], shown[3]], wanted, 'bilinear');
  },
  SpatialDropout2D: same,
};

function poolAttributes({ poolSize, strides = poolSize, padding = 'valid' }: PoolingConfig): TfAttributes {
  return {
    ksize: attribute.ints(overPicture(poolSize)),
    strides: attribute.ints(overPicture(strides)),
    padding: attribute.text(padding.toUpperCase()),
  };
}

function sizeOf([height, width]: LayerShape): Pair {
  return [height, width];
}

function middle(size: Pair, [height, width]: Pair): Part {
  return [Math.floor((size[0] - height) / 2), Math.floor((size[1] - width) / 2), height, width];
}

function part(b: FunctionBuilder, x: TfValue, [top, left, height, width]: Part): TfValue {
  return b.node('Slice', [x, b.ints(0, top, left, 0), b.ints(-1, height, width, -1)]);
}

function resize(
  { b }: TfLayerContext,
  x: TfValue,
  before: Pair,
  size: Pair,
  interpolation: 'nearest' | 'bilinear',
): TfValue {
  if (before[0] === size[0] && before[1] === size[1]) return x;
  if (interpolation === 'bilinear') {
    return b.node('ResizeBilinear', [x, b.ints(...size)], { half_pixel_centers: attribute.flag(true) });
  }
  // Which pixel is the nearest is found here, in whole numbers: the op's float32 may miss it by one.
  const rows = b.node('GatherV2', [x, b.ints(...nearestPixels(before[0], size[0])), b.int(1)]);
  return b.node('GatherV2', [rows, b.ints(...nearestPixels(before[1], size[1])), b.int(2)]);
}
