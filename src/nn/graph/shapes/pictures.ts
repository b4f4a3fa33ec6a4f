/** @file Shapes of operations that change the size of pictures. */
import { fixed, type TensorType } from '../graph.ts';
import type { PictureOp, ResizeAttributes } from '../ops.ts';
import { expectFloat, expectInputs, expectThat, float, type ShapeRules } from './rule.ts';

function expectPicture(inputs: readonly TensorType[]): void {
  expectInputs(inputs, 1);
  expectFloat(inputs);
  expectThat(inputs[0].shape.length === 4, '[batch, channels, height, width]');
}

function resized(inputs: readonly TensorType[], { size }: ResizeAttributes): TensorType {
  expectPicture(inputs);
  expectThat(fixed(inputs[0].shape, 2) > 0 && fixed(inputs[0].shape, 3) > 0, 'a picture that is not empty');
  expectThat(
    size.every((pixels) => Number.isInteger(pixels) && pixels > 0),
    'a size of 1 x 1 or more',
  );
  return float([...inputs[0].shape.slice(0, 2), ...size]);
}

export const PICTURE_SHAPES: ShapeRules<PictureOp> = {
  pad2d: (inputs, { pads: [top, left, bottom, right] }) => {
    expectPicture(inputs);
    const { shape } = inputs[0];
    const [height, width] = [fixed(shape, 2) + top + bottom, fixed(shape, 3) + left + right];
    expectThat(height > 0 && width > 0, 'padding that leaves a pixel');
    return float([shape[0], shape[1], height, width]);
  },
  resize2d: resized,
  resize2dGradient: resized,
};
