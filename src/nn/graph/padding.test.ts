/** @file Zeros around a picture become padding of the convolution after them. */
import { describe, expect, it } from 'vitest';
import { GraphBuilder } from './builder.ts';
import type { Pads } from './ops.ts';
import { convolution, pad } from './padding.ts';

function graphOf(pads: Pads) {
  const builder = new GraphBuilder();
  const x = builder.input('x', 'float32', [1, 2, 5, 6]);
  const kernel = builder.input('kernel', 'float32', [3, 2, 3, 3]);
  const attributes = { kernel: [3, 3], strides: [2, 2], pads: [0, 1, 1, 0] } as const;
  builder.output('y', convolution(builder, pad(builder, x, pads), [kernel], attributes));
  return builder.finish().nodes;
}

describe('a convolution after padding', () => {
  it('takes the zeros in', () => {
    const nodes = graphOf([1, 2, 3, 4]);
    expect(nodes.map(({ op }) => op)).toEqual(['conv2d']);
    expect(nodes[0].attributes).toMatchObject({ pads: [1, 3, 4, 4], strides: [2, 2] });
  });

  it('leaves a crop alone', () => {
    expect(graphOf([1, -1, 0, 0]).map(({ op }) => op)).toEqual(['pad2d', 'conv2d']);
  });

  it('adds nothing where there are no zeros', () => {
    expect(graphOf([0, 0, 0, 0]).map(({ op }) => op)).toEqual(['conv2d']);
  });
});
