/** @file Layers of windows and sizes equal Keras', forward and gradients (scripts/keras-convolutions.py). */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { LayerConfigs, LayerType } from '../../contracts/index.ts';
import { GraphBuilder } from '../graph/builder.ts';
import { differentiate } from '../graph/differentiate.ts';
import type { Graph, Value } from '../graph/graph.ts';
import { emitOnnx } from '../onnx/emit.ts';
import { hashed } from '../testing/hashed.ts';
import { runModel, type TestTensor } from '../testing/onnx-session.ts';
import { LAYERS } from './index.ts';
import type { LayerRule } from './rule.ts';

interface Sampled {
  readonly shape: readonly number[];
  readonly sum: number;
  readonly absolute: number;
  readonly samples: readonly number[];
}

interface KerasCase {
  readonly layer: LayerType;
  readonly input: readonly number[];
  readonly config: LayerConfigs[LayerType];
  readonly output: Sampled;
  readonly inputGradient: Sampled;
  /** By Keras' names. */
  readonly gradients: Readonly<Record<string, Sampled>>;
}

const FIXTURE: { readonly batch: number; readonly cases: readonly KerasCase[] } = JSON.parse(
  readFileSync(new URL('../testing/fixtures/keras-convolutions.json', import.meta.url), 'utf8'),
);

const PICTURE_STREAM = 1;
const FACTOR_STREAM = 2;
const FIRST_WEIGHT_STREAM = 10;

function numbers(shape: readonly number[], stream: number): TestTensor {
  const count = shape.reduce((product, size) => product * size, 1);
  return { type: 'float32', shape, data: hashed(count, stream).map((value) => value * 2 - 1) };
}

/** A weight in our layout, from one in Keras'. */
function fromKeras(builder: GraphBuilder, weight: Value, shape: readonly number[], depthwise: boolean): Value {
  if (shape.length !== 4) return weight;
  const permutation = depthwise ? [2, 3, 0, 1] : [3, 2, 0, 1];
  return builder.reshape(builder.apply('transpose', [weight], { permutation }), shape);
}

/** Inputs, outputs and gradients of the graph are in Keras' layouts: what is between them is the layer. */
function graphOf({ layer, input, config, output, gradients }: KerasCase): Graph {
  const rule = LAYERS[layer] as LayerRule<LayerType>;
  const builder = new GraphBuilder();
  const picture = builder.input('picture', 'float32', [FIXTURE.batch, ...input]);
  const weights = new Map(
    Object.entries(gradients).map(([name, { shape }]) => [name, builder.input(name, 'float32', shape)]),
  );
  const own = new Map(
    rule.parameters([input], config).map(({ name, shape }) => {
      const kerasName = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
      const depthwise = name === 'depthwiseKernel' || layer === 'DepthwiseConv2D';
      return [name, fromKeras(builder, weights.get(kerasName) as Value, shape, depthwise)];
    }),
  );
  const context = {
    builder,
    parameter: (name: string) => own.get(name) as Value,
    training: true,
    updateState: () => {},
    dropoutMask: () => null,
  };
  const channelsFirst = builder.apply('transpose', [picture], { permutation: [0, 3, 1, 2] });
  const forward = rule.forward(context, [channelsFirst], config);
  const result = builder.apply('transpose', [forward], { permutation: [0, 2, 3, 1] });
  builder.output('output', result);
  const factors = builder.constant(numbers(output.shape, FACTOR_STREAM).data, output.shape);
  const total = builder.reduceSum(builder.multiply(result, factors), [0, 1, 2, 3]);
  const found = differentiate(builder, total, [picture, ...weights.values()]);
  ['picture', ...weights.keys()].forEach((name, index) => {
    builder.output(`gradient by ${name}`, found[index]);
  });
  return builder.finish();
}

/** Like Keras' numbers, within a share of the largest of them. */
function expectLike({ shape, data }: TestTensor, expected: Sampled, what: string): void {
  expect(shape, `${what}: shape`).toEqual(expected.shape);
  const sizes = Array.from(data, Math.abs);
  const absolute = sizes.reduce((sum, size) => sum + size, 0);
  expect(Math.abs(absolute - expected.absolute), `${what}: sum of sizes`).toBeLessThanOrEqual(1e-5 * expected.absolute);
  const sum = Array.from(data).reduce((total, value) => total + value, 0);
  expect(Math.abs(sum - expected.sum), `${what}: sum`).toBeLessThanOrEqual(1e-5 * expected.absolute);
  const scale = Math.max(...sizes);
  expected.samples.forEach((value, k) => {
    const found = data[(k * 7919) % data.length];
    expect(Math.abs(found - value), `${what}: ${found} is not ${value}`).toBeLessThanOrEqual(1e-5 * scale);
  });
}

describe('as in Keras:', () => {
  const cases = FIXTURE.cases.map((one) => [
    `${one.layer} of ${one.input.join('x')}: ${JSON.stringify(one.config)}`,
    one,
  ]);

  it.each(cases as [string, KerasCase][])('%s', async (_, one) => {
    const rule = LAYERS[one.layer] as LayerRule<LayerType>;
    expect(rule.outputShape([one.input], one.config)).toEqual(one.output.shape.slice(1));
    const weights = Object.entries(one.gradients).map(
      ([name, { shape }], index) => [name, numbers(shape, FIRST_WEIGHT_STREAM + index)] as const,
    );
    const feeds = new Map([['picture', numbers([FIXTURE.batch, ...one.input], PICTURE_STREAM)], ...weights]);
    const results = await runModel(emitOnnx(graphOf(one), { name: one.layer }), feeds);
    expectLike(results.get('output') as TestTensor, one.output, 'output');
    expectLike(results.get('gradient by picture') as TestTensor, one.inputGradient, 'gradient by picture');
    for (const [name, expected] of Object.entries(one.gradients)) {
      expectLike(results.get(`gradient by ${name}`) as TestTensor, expected, `gradient by ${name}`);
    }
  });

  it('every layer of windows and sizes has a case', () => {
    expect(new Set(FIXTURE.cases.map(({ layer }) => layer))).toEqual(
      new Set<LayerType>([
        'Conv2D',
        'DepthwiseConv2D',
        'SeparableConv2D',
        'Conv2DTranspose',
        'MaxPooling2D',
        'AveragePooling2D',
        'ZeroPadding2D',
        'Cropping2D',
        'UpSampling2D',
        'Resizing',
        'CenterCrop',
      ]),
    );
  });
});
