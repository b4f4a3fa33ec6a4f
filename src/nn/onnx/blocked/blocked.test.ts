import { describe, expect, test } from 'vitest';
import { RandomGenerator } from '../../../contracts/index.ts';
import { GraphBuilder } from '../../graph/builder.ts';
import { differentiate } from '../../graph/differentiate.ts';
import { array64, countOf } from '../../testing/array64.ts';
import { expectSameAsReference } from '../../testing/check-op.ts';
import { BLOCKED_CASES } from '../../testing/op-cases-blocked.ts';
import { emitOnnx } from '../emit.ts';
import { BLOCK_DOMAIN } from '../writer.ts';

describe('graphs in channel blocks give what the reference gives', () => {
  test.each(BLOCKED_CASES)('$what', async ({ picture, kernel, build, forwardOnly, tied }) => {
    const builder = new GraphBuilder();
    const x = builder.input('x', 'float32', picture);
    const w = builder.input('w', 'float32', kernel);
    const result = build(builder, x, w);
    builder.output('y', result);
    if (!forwardOnly) {
      const shape = result.shape as readonly number[];
      // Uneven, since the sum of the squares of what is normalised is the same whatever the picture.
      const weights = builder.constant(
        Float64Array.from({ length: countOf(shape) }, (_, i) => Math.fround(Math.sin(i))),
        shape,
      );
      const total = builder.reduceSum(
        builder.multiply(builder.multiply(result, result), weights),
        shape.map((_, axis) => axis),
      );
      const [byPicture, byKernel] = differentiate(builder, total, [x, w]);
      builder.output('grad:x', byPicture);
      builder.output('grad:w', byKernel);
    }
    const random = new RandomGenerator(5, 'blocked');
    const feeds = new Map(
      [x, w].map((value, index) => {
        const shape = value.shape as readonly number[];
        const data = Float64Array.from({ length: countOf(shape) }, () =>
          tied ? random.nextInteger(3) - 1 : Math.fround(random.nextNormal()),
        );
        return [['x', 'w'][index], array64(shape, data, 'float32')] as const;
      }),
    );
    await expectSameAsReference(builder.finish(), feeds);
  });
});

test('a file for any runtime has no operations on blocks; a file with blocks has', () => {
  const [{ picture, kernel, build }] = BLOCKED_CASES;
  const builder = new GraphBuilder();
  builder.output('y', build(builder, builder.input('x', 'float32', picture), builder.input('w', 'float32', kernel)));
  const text = (channelBlock?: number) =>
    new TextDecoder('latin1').decode(emitOnnx(builder.finish(), { name: 'test', channelBlock }));
  expect(text()).not.toContain(BLOCK_DOMAIN);
  expect(text(16)).toContain(BLOCK_DOMAIN);
});
