/** @file Branches, merges and layers that are used several times. */
import { describe, expect, it } from 'vitest';
import { type ImageShape, type NetworkSpec, PictorError } from '../../contracts/index.ts';
import { compileGradients } from '../compile/gradients.ts';
import { checkNetwork } from '../testing/check-network.ts';
import { describeNetwork } from './describe.ts';
import { apply, functional, input, type NetworkValue } from './functional.ts';
import type { Layer } from './layer.ts';
import { add, concatenate, maximum, subtract } from './merge-layers.ts';
import { resolveNetwork } from './resolve.ts';
import { activation, batchNormalization, conv2d, dense, flatten, rescaling, sequential } from './sequential.ts';

const IMAGE: ImageShape = { height: 6, width: 5, channels: 3 };
const same = (filters: number, more: { readonly name?: string; readonly trainable?: boolean } = {}): Layer =>
  conv2d({ filters, kernelSize: 3, padding: 'same', ...more });

function classified(value: NetworkValue): NetworkSpec {
  return functional('net', value.through(flatten(), dense({ units: 3 })));
}

function errorOf(build: () => unknown): PictorError {
  try {
    build();
  } catch (error) {
    if (error instanceof PictorError) return error;
    throw error;
  }
  throw new Error('No error was thrown.');
}

describe('functional', () => {
  it('orders and names what the output is computed with', () => {
    const start = input(IMAGE).through(rescaling({ scale: 1 / 255 }), same(4));
    const left = start.through(same(4), batchNormalization());
    const spec = classified(apply(add(), [left, start.through(same(4, { name: 'conv2d_1' }))]));
    expect(spec.nodes.map(({ name, inputs }) => [name, ...inputs])).toEqual([
      ['rescaling', 'input'],
      ['conv2d', 'rescaling'],
      ['conv2d_2', 'conv2d'],
      ['batch_normalization', 'conv2d_2'],
      ['conv2d_1', 'conv2d'],
      ['add', 'batch_normalization', 'conv2d_1'],
      ['flatten', 'add'],
      ['dense', 'flatten'],
    ]);
    expect(JSON.parse(JSON.stringify(spec))).toEqual(spec);
  });

  it('makes of a chain what sequential makes', () => {
    const layers = [same(2), activation({ activation: 'relu' }), flatten(), dense({ units: 3 })];
    expect(functional('net', input(IMAGE).through(...layers))).toEqual(sequential('net', IMAGE, layers));
  });

  it('gives a layer that is used several times one set of weights', async () => {
    const shared = [same(3, { name: 'shared' }), batchNormalization({ momentum: 0.5 })];
    const once = input(IMAGE).through(rescaling({ scale: 1 / 100, offset: -1 }), ...shared);
    const spec = classified(once.through(...shared, shared[0]));
    expect(spec.nodes.map(({ name, weightsOf }) => [name, weightsOf])).toEqual([
      ['rescaling', undefined],
      ['shared', undefined],
      ['batch_normalization', undefined],
      ['shared_use2', 'shared'],
      ['batch_normalization_use2', 'batch_normalization'],
      ['shared_use3', 'shared'],
      ['flatten', undefined],
      ['dense', undefined],
    ]);
    const { parameterCount, layers } = describeNetwork(spec);
    expect(parameterCount).toBe(84 + 12 + 273);
    expect(layers.map(({ parameters }) => parameters)).toEqual([0, 84, 12, 0, 0, 0, 0, 273]);
    const { states } = compileGradients(spec, { batchSize: 2 });
    expect(states).toEqual(['batch_normalization/movingMean', 'batch_normalization/movingVariance']);
    await checkNetwork(spec, { batchSize: 2, classes: 3, elements: 6 });
  });

  it('freezes all uses of a frozen layer', () => {
    const shared = same(3, { trainable: false });
    const { parameters } = describeNetwork(classified(input(IMAGE).through(shared, shared)));
    expect(parameters.map(({ name, trainable }) => [name, trainable])).toEqual([
      ['conv2d/kernel', false],
      ['conv2d/bias', false],
      ['dense/kernel', true],
      ['dense/bias', true],
    ]);
  });

  it('says in which order a layer takes the numbers of a flattened picture', () => {
    const row = (filters: number): NetworkValue => input(IMAGE).through(same(filters), flatten());
    const orders = (value: NetworkValue): unknown => {
      const { layers } = describeNetwork(functional('net', value.through(dense({ units: 3 }))));
      return layers.at(-1)?.flattened;
    };
    expect(orders(row(2))).toEqual([6, 5, 2]);
    expect(orders(row(1))).toBe(null);
    expect(orders(row(2).through(activation({ activation: 'relu' }), batchNormalization()))).toEqual([6, 5, 2]);
    const picture = input(IMAGE);
    const rows = [picture.through(same(2), flatten()), picture.through(same(2), flatten())];
    expect(orders(apply(add(), rows))).toEqual([6, 5, 2]);
    expect(orders(apply(concatenate(), rows))).toBe(null);
    expect(orders(apply(add(), [rows[0], rows[1].through(dense({ units: 60 }))]))).toBe(null);
    expect(orders(rows[0].through(dense({ units: 4 })))).toBe(null);
  });
});

describe('a functional network that is wrong', () => {
  const picture = input(IMAGE);
  const start = picture.through(same(4));
  const shared = same(3);
  const wrong: readonly [what: string, build: () => unknown, message: string, fix?: string][] = [
    [
      'branches of other sizes',
      () => classified(apply(add(), [start, start.through(conv2d({ filters: 4, kernelSize: 3 }))])),
      'Layer "add" (Add) cannot take an input of shape [6, 5, 4] and [4, 3, 4]; shapes that are equal, or 1 where they differ, was expected.',
      'Bring the branches to one size',
    ],
    [
      'a picture and a row',
      () => classified(apply(subtract(), [start, start.through(flatten())])),
      'Layer "subtract" (Subtract) cannot take an input of shape [6, 5, 4] and [120];',
    ],
    [
      'a maximum of shapes that stretch',
      () => classified(apply(maximum(), [start, start.through(conv2d({ filters: 4, kernelSize: [6, 5] }))])),
      'inputs of one shape was expected.',
    ],
    [
      'joining other sizes',
      () => classified(apply(concatenate({ axis: 1 }), [start, picture.through(same(2))])),
      'Layer "concatenate" (Concatenate) cannot take an input of shape [6, 5, 4] and [6, 5, 2]; shapes that are equal but along axis 1 was expected.',
    ],
    [
      'an axis that is not there',
      () => classified(apply(concatenate({ axis: 4 }), [start, start])),
      'something with an axis 4 was expected.',
      'Choose an axis from 1 to 3, or from -3 to -1.',
    ],
    ['the batch as axis', () => classified(apply(concatenate({ axis: 0 }), [start, start])), 'an axis 0 was expected.'],
    ['one input of two', () => classified(apply(subtract(), start)), 'takes 1 inputs; 2 was expected.'],
    ['no input', () => apply(add(), []), 'Layer Add was applied to no value; at least one was expected.'],
    [
      'two pictures',
      () => classified(apply(add(), [input(IMAGE), input(IMAGE)])),
      'Network "net" is computed from 2 inputs; one was expected.',
      'Call input() once',
    ],
    [
      'a shared layer on inputs of other shapes',
      () => classified(picture.through(shared, same(4), shared)),
      'Layer "conv2d_use2" (Conv2D) uses the weights of "conv2d", whose kernel has shape [3, 3, 3, 3]; shape [3, 4, 3, 3] is needed for its input.',
      'Let both uses take inputs of one shape, or use two layers.',
    ],
  ];

  it.each(wrong)('%s', (_, build, message, fix) => {
    const error = errorOf(build);
    expect(error.code).toBe('network_invalid');
    expect(error.message).toContain(message);
    if (fix) expect(error.fix).toContain(fix);
  });

  const spec = classified(picture.through(shared, shared));
  const changed = (name: string, change: object): NetworkSpec =>
    ({ ...spec, nodes: spec.nodes.map((node) => (node.name === name ? { ...node, ...change } : node)) }) as NetworkSpec;
  const broken: readonly [what: string, spec: NetworkSpec, message: string][] = [
    ['weights of nothing', changed('conv2d_use2', { weightsOf: 'nothing' }), 'uses the weights of "nothing"; the name'],
    ['weights of itself', changed('conv2d', { weightsOf: 'conv2d' }), 'uses the weights of "conv2d"; the name'],
    [
      'weights of another layer',
      changed('conv2d_use2', { config: { filters: 3, kernelSize: 3, padding: 'same', useBias: false } }),
      'the same layer with the same arguments was expected.',
    ],
    ['frozen in one place', changed('conv2d_use2', { trainable: false }), 'has a trainable of its own; none was'],
    ['frozen by a word', changed('conv2d', { trainable: 'no' }), 'has trainable = "no"; true or false was expected.'],
    [
      'a layer that leads nowhere',
      { ...spec, nodes: [...spec.nodes, { name: 'dead', layer: 'Flatten', config: {}, inputs: ['conv2d'] }] },
      'Layer "dead" (Flatten) does not lead to the output "dense"; every layer was expected to.',
    ],
  ];

  it.each(broken)('%s', (_, wrongSpec, message) => {
    expect(errorOf(() => resolveNetwork(wrongSpec)).message).toContain(message);
  });
});
