/** @file The four kinds of model file: their inputs and outputs, and what they compute. */
import { fromBinary } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { RandomGenerator } from '../../contracts/index.ts';
import { onnx } from '../../proto/index.ts';
import { describeNetwork } from '../network/describe.ts';
import {
  batchNormalization,
  conv2d,
  dense,
  dropout,
  flatten,
  maxPooling2d,
  rescaling,
  sequential,
} from '../network/sequential.ts';
import { initialWeights } from '../network/weights.ts';
import { array64 } from '../testing/array64.ts';
import { runModel, type TestTensor } from '../testing/onnx-session.ts';
import { evaluateGraph } from '../testing/reference.ts';
import { compileEvaluation, evaluationGraph } from './evaluation.ts';
import { compileGradients } from './gradients.ts';
import { compileInference } from './inference.ts';
import { compileUpdate } from './update.ts';

const SPEC = sequential('small', { height: 6, width: 5, channels: 3 }, [
  rescaling({ scale: 1 / 255 }),
  conv2d({ filters: 4, kernelSize: [3, 3], activation: 'relu' }),
  maxPooling2d(),
  dropout({ rate: 0.5 }),
  flatten(),
  dense({ units: 3 }),
]);

const WEIGHTS = initialWeights(SPEC, 1);
const PARAMETERS = [...WEIGHTS].map(([name, tensor]): [string, TestTensor] => [name, { type: 'float32', ...tensor }]);

function pixels(batch: number): number[] {
  const random = new RandomGenerator(batch, 'pixels');
  return Array.from({ length: batch * 90 }, () => random.nextInteger(256));
}

function images(batch: number): TestTensor {
  return { type: 'uint8', shape: [batch, 6, 5, 3], data: pixels(batch) };
}

function model(bytes: Uint8Array): onnx.ModelProto {
  return fromBinary(onnx.ModelProtoSchema, bytes);
}

function signature(values: readonly onnx.ValueInfoProto[] = []): Record<string, string> {
  const types = new Map([
    [1, 'float32'],
    [2, 'uint8'],
    [7, 'int64'],
  ]);
  return Object.fromEntries(
    values.map(({ name, type }) => {
      const tensor = type?.value.case === 'tensorType' ? type.value.value : undefined;
      const shape = tensor?.shape?.dim.map(({ value }) => String(value.value)).join(', ');
      return [name, `${types.get(tensor?.elemType ?? 0)}[${shape}]`];
    }),
  );
}

describe('every model file', () => {
  it('says which ONNX it is and who made it', () => {
    const file = model(compileInference(SPEC, WEIGHTS));
    expect(file.irVersion).toBe(9n);
    expect(file.opsetImport.map(({ domain, version }) => [domain, version])).toEqual([['', 18n]]);
    expect(file.producerName).toBe('pictor');
  });

  it('is the same, byte for byte, when made twice', () => {
    expect(compileGradients(SPEC, { batchSize: 3 }).model).toEqual(compileGradients(SPEC, { batchSize: 3 }).model);
    expect(compileInference(SPEC, WEIGHTS)).toEqual(compileInference(SPEC, initialWeights(SPEC, 1)));
  });

  it('names its nodes after the layers', () => {
    const names = model(compileEvaluation(SPEC).model).graph?.node.map(({ name }) => name.split('/')[0]);
    expect(new Set(names)).toEqual(
      new Set(['Cast_0', 'input', 'rescaling', 'conv2d', 'max_pooling2d', 'flatten', 'dense']),
    );
  });
});

describe('compileGradients', () => {
  it('has the inputs and outputs that training feeds and fetches', () => {
    const { model: bytes, masks } = compileGradients(SPEC, { batchSize: 4 });
    const { graph } = model(bytes);
    expect(signature(graph?.input)).toEqual({
      images: 'uint8[4, 6, 5, 3]',
      labels: 'int64[4]',
      sampleWeights: 'float32[4]',
      'conv2d/kernel': 'float32[4, 3, 3, 3]',
      'conv2d/bias': 'float32[4]',
      'dense/kernel': 'float32[8, 3]',
      'dense/bias': 'float32[3]',
      'dropout/mask': 'float32[4, 4, 2, 1]',
    });
    expect(signature(graph?.output)).toEqual({
      loss: 'float32[]',
      correct: 'float32[]',
      'grad:conv2d/kernel': 'float32[4, 3, 3, 3]',
      'grad:conv2d/bias': 'float32[4]',
      'grad:dense/kernel': 'float32[8, 3]',
      'grad:dense/bias': 'float32[3]',
    });
    expect(masks).toEqual([{ name: 'dropout/mask', shape: [4, 4, 2, 1], rate: 0.5 }]);
  });

  it('does not count samples of weight 0', async () => {
    const run = (batchSize: number, sampleWeights: number[], labels: number[]): ReturnType<typeof runModel> =>
      runModel(
        compileGradients(SPEC, { batchSize }).model,
        new Map<string, TestTensor>([
          ['images', { ...images(4), shape: [batchSize, 6, 5, 3], data: pixels(4).slice(0, batchSize * 90) }],
          ['labels', { type: 'int64', shape: [batchSize], data: labels }],
          ['sampleWeights', { type: 'float32', shape: [batchSize], data: sampleWeights }],
          ['dropout/mask', { type: 'float32', shape: [batchSize, 4, 2, 1], data: new Array(batchSize * 8).fill(1) }],
          ...PARAMETERS,
        ]),
      );
    const whole = await run(2, [0.5, 0.5], [0, 1]);
    const padded = await run(4, [0.5, 0.5, 0, 0], [0, 1, 0, 0]);
    for (const [name, { data }] of whole) {
      const found = padded.get(name)?.data ?? [];
      Array.from(data).forEach((value, index) => {
        expect(found[index], name).toBeCloseTo(value, 5);
      });
    }
    const allRight = await Promise.all([0, 1, 2].map((label) => run(1, [1], [label])));
    expect(allRight.map((result) => result.get('correct')?.data[0]).sort()).toEqual([0, 0, 1]);
  });

  it.each([0, -1, 1.5, Number.NaN])('refuses a batch size of %s', (batchSize) => {
    expect(() => compileGradients(SPEC, { batchSize })).toThrow(
      `The batch size is ${batchSize}; a whole number of 1 or more was expected.`,
    );
  });

  it('gives states after the step, and no gradient of what is not trained', async () => {
    const network = (frozen: boolean) =>
      sequential('normal', { height: 6, width: 5, channels: 3 }, [
        conv2d({ filters: 2, kernelSize: [3, 3], trainable: false }),
        batchNormalization({ momentum: 0.9, ...(frozen ? { trainable: false } : {}) }),
        flatten(),
        dense({ units: 3, useBias: false }),
      ]);
    const outputs = (frozen: boolean): string[] =>
      Object.keys(signature(model(compileGradients(network(frozen), { batchSize: 2 }).model).graph?.output));
    const bn = 'batch_normalization';
    const states = [`state:${bn}/movingMean`, `state:${bn}/movingVariance`];
    expect(outputs(false)).toEqual([
      ...['loss', 'correct', `grad:${bn}/gamma`, `grad:${bn}/beta`, 'grad:dense/kernel'],
      ...states,
    ]);
    expect(compileGradients(network(false), { batchSize: 2 }).states.map((name) => `state:${name}`)).toEqual(states);
    expect(outputs(true)).toEqual(['loss', 'correct', 'grad:dense/kernel']);
    const { parameters, parameterCount, trainableCount } = describeNetwork(network(false));
    expect(parameters.map(({ name, trainable, state }) => [name, trainable, state])).toEqual([
      ['conv2d/kernel', false, false],
      ['conv2d/bias', false, false],
      [`${bn}/gamma`, true, false],
      [`${bn}/beta`, true, false],
      [`${bn}/movingMean`, false, true],
      [`${bn}/movingVariance`, false, true],
      ['dense/kernel', true, false],
    ]);
    expect([parameterCount, trainableCount]).toEqual([56 + 8 + 72, 4 + 72]);
  });

  it('computes no gradient by the pictures', () => {
    const nodes = model(compileGradients(SPEC, { batchSize: 4 }).model).graph?.node ?? [];
    expect(nodes.filter(({ opType }) => opType === 'ConvTranspose')).toEqual([]);
  });

  it('pools before it activates', () => {
    const nodes = model(compileEvaluation(SPEC).model).graph?.node.map(({ opType }) => opType) ?? [];
    expect(nodes.indexOf('MaxPool')).toBeLessThan(nodes.indexOf('Relu'));
    expect(nodes.filter((opType) => opType === 'Relu')).toHaveLength(1);
  });
});

describe('compileEvaluation', () => {
  it('takes any batch', async () => {
    const { model: bytes } = compileEvaluation(SPEC);
    expect(signature(model(bytes).graph?.output)).toEqual({ logits: 'float32[batch, 3]' });
    const { graph } = evaluationGraph(SPEC);
    for (const batch of [1, 3]) {
      const result = await runModel(bytes, new Map([['images', images(batch)], ...PARAMETERS]));
      const expected = evaluateGraph(
        graph,
        new Map([
          ['images', array64([batch, 6, 5, 3], pixels(batch), 'uint8')],
          ...PARAMETERS.map(([name, { shape, data }]) => [name, array64(shape, data)] as const),
        ]),
      ).get('logits');
      expect(result.get('logits')?.shape).toEqual([batch, 3]);
      expected?.data.forEach((value, index) => {
        expect(result.get('logits')?.data[index]).toBeCloseTo(value, 5);
      });
    }
  });
});

describe('compileInference', () => {
  it('has weights inside, pixels in and probabilities out', async () => {
    const bytes = compileInference(SPEC, WEIGHTS);
    const { graph } = model(bytes);
    expect(signature(graph?.input)).toEqual({ input_tensor: 'float32[batch, 6, 5, 3]' });
    expect(signature(graph?.output)).toEqual({ output_0: 'float32[batch, 3]' });
    const inside = graph?.initializer.filter(({ name }) => WEIGHTS.has(name)).map(({ name }) => name);
    expect(inside).toEqual([...WEIGHTS.keys()]);
    const probabilities = (
      await runModel(bytes, new Map([['input_tensor', { ...images(2), type: 'float32' as const }]]))
    ).get('output_0');
    const logits = (await runModel(compileEvaluation(SPEC).model, new Map([['images', images(2)], ...PARAMETERS]))).get(
      'logits',
    );
    expect(probabilities?.shape).toEqual([2, 3]);
    for (const row of [0, 1]) {
      const exponentials = [0, 1, 2].map((column) => Math.exp(logits?.data[row * 3 + column] ?? Number.NaN));
      const total = exponentials.reduce((sum, value) => sum + value, 0);
      exponentials.forEach((value, column) => {
        expect(probabilities?.data[row * 3 + column]).toBeCloseTo(value / total, 5);
      });
    }
  });

  it('refuses weights that are missing or of another shape', () => {
    const without = new Map(WEIGHTS);
    without.delete('dense/bias');
    expect(() => compileInference(SPEC, without)).toThrow(
      'Weight "dense/bias" of network "small" is missing; shape [3] was expected.',
    );
    const other = new Map(WEIGHTS).set('dense/bias', { shape: [4], data: new Float32Array(4) });
    expect(() => compileInference(SPEC, other)).toThrow('has shape [4] and 4 numbers; shape [3] was expected.');
  });
});

describe('compileUpdate', () => {
  it('has slots by name and sums as many gradients as there are replicas', () => {
    const { model: bytes, slots } = compileUpdate({ kind: 'adam', learningRate: 1e-3 }, { replicas: 2 });
    expect(slots).toEqual([
      { name: 'momentum', initial: 0 },
      { name: 'velocity', initial: 0 },
    ]);
    const { graph } = model(bytes);
    expect(signature(graph?.input)).toEqual({
      parameters: 'float32[n]',
      gradient0: 'float32[n]',
      gradient1: 'float32[n]',
      momentum: 'float32[n]',
      velocity: 'float32[n]',
      step: 'float32[]',
      learningRate: 'float32[]',
    });
    expect(signature(graph?.output)).toEqual({
      newParameters: 'float32[n]',
      'new:momentum': 'float32[n]',
      'new:velocity': 'float32[n]',
    });
  });

  it('needs no slots for plain gradient descent', () => {
    expect(compileUpdate({ kind: 'sgd', learningRate: 1 }, { replicas: 1 }).slots).toEqual([]);
  });

  it('refuses to sum no gradients', () => {
    expect(() => compileUpdate({ kind: 'adam', learningRate: 1 }, { replicas: 0 })).toThrow(
      'The number of replicas is 0;',
    );
  });

  it('refuses an optimizer that it does not know', () => {
    expect(() => compileUpdate({ kind: 'newton', learningRate: 1 } as never, { replicas: 1 })).toThrow(
      'The optimizer is "newton"; one of adam, adamw, sgd, rmsprop, adagrad, adadelta was expected.',
    );
  });
});
