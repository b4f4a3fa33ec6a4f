/** @file Shapes of matrix products, convolutions and pools. */
import { fixed, sameShape, type TensorType } from '../graph.ts';
import type { ConvolutionAttributes, Dimension, Pair, ProductOp, Shape, WindowAttributes } from '../ops.ts';
import { windowOutput, windowReach } from '../window.ts';
import { expectFloat, expectInputs, expectThat, float, type ShapeRules } from './rule.ts';

export const PRODUCT_SHAPES: ShapeRules<ProductOp> = {
  matrixMultiply: (inputs, { transposeA, transposeB }) => {
    expectInputs(inputs, 2, 3);
    expectFloat(inputs);
    const [a, b, c] = inputs.map((input) => input.shape);
    expectThat(a.length === 2 && b.length === 2, 'two matrices');
    const [rows, inner] = transposeA ? [a[1], a[0]] : a;
    const [innerToo, columns] = transposeB ? [b[1], b[0]] : b;
    expectThat(inner === innerToo, 'one inner dimension');
    expectThat(c === undefined || sameShape(c, [columns]), `a third input of shape [${columns}]`);
    return float([rows, columns]);
  },
  conv2d: (inputs, attributes) => {
    expectInputs(inputs, 2, 3);
    expectFloat(inputs);
    const [x, kernel, bias] = inputs.map((input) => input.shape);
    const [height, width] = slide(x, attributes);
    const perGroup = channelsOfGroup(x, kernel[0], attributes);
    expectThat(
      sameShape(kernel, [kernel[0], perGroup, ...attributes.kernel]),
      `a kernel [out, ${perGroup}, ${attributes.kernel.join(', ')}]`,
    );
    expectThat(bias === undefined || sameShape(bias, [kernel[0]]), `a bias [${kernel[0]}]`);
    return float([x[0], kernel[0], height, width]);
  },
  conv2dInputGradient: (inputs, attributes) => {
    expectInputs(inputs, 2);
    expectFloat(inputs);
    const [gradient, kernel] = inputs.map((input) => input.shape);
    const x: Shape = [gradient[0], fixed(kernel, 1) * (attributes.groups ?? 1), ...attributes.inputSize];
    expectThat(
      sameShape(gradient, [gradient[0], kernel[0], ...slide(x, attributes)]),
      'a gradient of the size of the result',
    );
    return float(x);
  },
  conv2dKernelGradient: (inputs, attributes) => {
    expectInputs(inputs, 2);
    expectFloat(inputs);
    const [x, gradient] = inputs.map((input) => input.shape);
    expectThat(
      sameShape(gradient, [x[0], gradient[1], ...slide(x, attributes)]),
      'a gradient of the size of the result',
    );
    return float([gradient[1], channelsOfGroup(x, gradient[1], attributes), ...attributes.kernel]);
  },
  maxPool2d: pool,
  maxPool2dGradient: (inputs, attributes) => {
    expectInputs(inputs, 3);
    expectFloat(inputs);
    const result = pool(inputs.slice(0, 1), attributes);
    expectThat(
      sameShape(result.shape, inputs[1].shape) && sameShape(result.shape, inputs[2].shape),
      `a result and a gradient of shape [${result.shape.join(', ')}]`,
    );
    return float(inputs[0].shape);
  },
  maximumOverGroups,
  maximumOverGroupsGradient: (inputs, attributes) => {
    expectInputs(inputs, 3);
    expectFloat(inputs);
    const { shape } = maximumOverGroups(inputs.slice(0, 1), attributes);
    expectThat(
      sameShape(shape, inputs[1].shape) && sameShape(shape, inputs[2].shape),
      `a result and a gradient of shape [${shape.join(', ')}]`,
    );
    return float(inputs[0].shape);
  },
  averagePool2d: pool,
  averagePool2dGradient: (inputs, attributes) => {
    expectInputs(inputs, 1);
    expectFloat(inputs);
    const [batch, channels] = inputs[0].shape;
    const x: Shape = [batch, channels, ...attributes.inputSize];
    expectThat(
      sameShape(inputs[0].shape, [batch, channels, ...slide(x, attributes)]),
      'a gradient of the size of the result',
    );
    return float(x);
  },
};

/** Number of channels that each filter sees. */
function channelsOfGroup(x: Shape, filters: Dimension, { groups = 1 }: ConvolutionAttributes): Dimension {
  if (groups === 1) return x[1];
  expectThat(
    fixed(x, 1) % groups === 0 && Number(filters) % groups === 0,
    `channels and filters that divide into ${groups} groups`,
  );
  return fixed(x, 1) / groups;
}

function pool(inputs: readonly TensorType[], attributes: WindowAttributes): TensorType {
  expectInputs(inputs, 1);
  expectFloat(inputs);
  const [x] = inputs.map((input) => input.shape);
  return float([x[0], x[1], ...slide(x, attributes)]);
}

function maximumOverGroups(inputs: readonly TensorType[], { groups }: { readonly groups: number }): TensorType {
  expectInputs(inputs, 1);
  expectFloat(inputs);
  const [{ shape }] = inputs;
  expectThat(shape.length === 4 && fixed(shape, 1) % groups === 0, `channels that divide into ${groups} groups`);
  return float([shape[0], fixed(shape, 1) / groups, shape[2], shape[3]]);
}

function slide(x: Shape, attributes: WindowAttributes): Pair {
  expectThat(x.length === 4, '[batch, channels, height, width]');
  const size = windowOutput([fixed(x, 2), fixed(x, 3)], attributes);
  expectThat(size[0] > 0 && size[1] > 0, `at least ${windowReach(attributes).join(' x ')} pixels`);
  return size;
}
