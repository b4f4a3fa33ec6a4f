/** @file Gradients of operations that change the size of pictures. */
import { fixed } from '../graph.ts';
import type { PictureOp } from '../ops.ts';
import { type GradientRules, nonDifferentiable } from './rule.ts';

export const PICTURE_GRADIENTS: GradientRules<PictureOp> = {
  pad2d: ({ builder, attributes: { pads }, gradient }) => [
    () => {
      // Minus 0 would be written as another number in a file, so it is kept out.
      const [top, left, bottom, right] = pads.map((pad) => 0 - pad);
      return builder.apply('pad2d', [gradient], { pads: [top, left, bottom, right] });
    },
  ],
  resize2d: ({ builder, inputs: [x], attributes: { interpolation }, gradient }) => [
    () => {
      const size = [fixed(x.shape, 2), fixed(x.shape, 3)] as const;
      return builder.apply('resize2dGradient', [gradient], { size, interpolation });
    },
  ],
  resize2dGradient: nonDifferentiable('gradients of gradients are not needed'),
};
