/** @file Optimizers, losses and schedules give Keras' numbers (scripts/keras-learning-rules.py). */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { LossSpec, OptimizerSpec, ScheduleSpec } from '../contracts/index.ts';
import { GraphBuilder } from './graph/builder.ts';
import { differentiate } from './graph/differentiate.ts';
import type { Graph } from './graph/graph.ts';
import {
  afterPlateauEpoch,
  clipScale,
  compileUpdate,
  learningRateAt,
  plateauStart,
  sampleLoss,
  sumOfSquares,
  updateRanges,
} from './index.ts';
import { weightedLoss } from './losses/batch.ts';
import { emitOnnx } from './onnx/emit.ts';
import { array64 } from './testing/array64.ts';
import { centralDifferences, expectClose } from './testing/check-op.ts';
import { hashed } from './testing/hashed.ts';
import { runModel, type TestTensor, withModel } from './testing/onnx-session.ts';

type End = 'logits' | 'softmax' | 'sigmoid';

const FIXTURE: {
  readonly parameters: readonly { readonly name: string; readonly size: number }[];
  readonly optimizers: readonly { readonly optimizer: OptimizerSpec; readonly after: readonly number[][] }[];
  readonly samples: number;
  readonly classes: number;
  readonly losses: readonly {
    readonly loss: LossSpec;
    readonly end: End;
    readonly mixed: boolean;
    readonly values: readonly number[];
    readonly total: number;
    readonly gradient: readonly number[];
  }[];
  readonly stepsPerEpoch: number;
  readonly epochs: number;
  readonly base: number;
  readonly schedules: readonly { readonly schedule: ScheduleSpec; readonly rates: readonly number[] }[];
  readonly plateaus: readonly {
    readonly schedule: Extract<ScheduleSpec, { kind: 'plateau' }>;
    readonly losses: readonly number[];
    readonly rates: readonly number[];
  }[];
} = JSON.parse(readFileSync(new URL('./testing/fixtures/keras-learning-rules.json', import.meta.url), 'utf8'));

const named = <T extends object>(cases: readonly T[], name: (one: T) => unknown): (readonly [string, T])[] =>
  cases.map((one) => [JSON.stringify(name(one)).replaceAll('"', ''), one]);

function floats(shape: readonly number[], data: ArrayLike<number>): TestTensor {
  return { type: 'float32', shape, data };
}

describe('optimizers', () => {
  const places = FIXTURE.parameters.map(({ name, size }, index) => ({
    name,
    size,
    offset: FIXTURE.parameters.slice(0, index).reduce((sum, before) => sum + before.size, 0),
  }));
  const total = places.reduce((sum, { size }) => sum + size, 0);

  it.each(named(FIXTURE.optimizers, ({ optimizer }) => optimizer))('%s', async (_, { optimizer, after }) => {
    const update = compileUpdate(optimizer, { replicas: 2 });
    const { ranges, norms } = updateRanges(optimizer, places);
    const parameters = Float32Array.from(hashed(total, 3), (value) => value * 2 - 1);
    const slots = update.slots.map(({ name, initial }) => ({ name, data: new Float32Array(total).fill(initial) }));
    await withModel(update.model, async (run) => {
      for (const [step, expected] of after.entries()) {
        const gradient = hashed(total, 20 + step).map((value, index) => (value * 2 - 1) * 10 ** ((index % 8) - 6));
        const gradients = [0.25, 0.75].map((share) => Float32Array.from(gradient, (value) => value * share));
        const squares = new Float64Array(norms);
        for (const { start, end, norm } of ranges) {
          if (norm !== null) squares[norm] += sumOfSquares(gradients, start, end);
        }
        for (const { start, end, weightDecay, norm } of ranges) {
          const scalars = {
            step: step + 1,
            learningRate: optimizer.learningRate,
            weightDecay,
            gradientScale: norm !== null && optimizer.clip ? clipScale(optimizer.clip, squares[norm]) : 1,
          };
          const part = (data: Float32Array): TestTensor => floats([end - start], data.subarray(start, end));
          const changed = await run(
            new Map([
              ['parameters', part(parameters)],
              ...gradients.map((data, replica) => [`gradient${replica}`, part(data)] as const),
              ...slots.map(({ name, data }) => [name, part(data)] as const),
              ...update.scalars.map((name) => [name, floats([], [scalars[name]])] as const),
            ]),
          );
          parameters.set(changed.get('newParameters')?.data ?? [], start);
          for (const { name, data } of slots) data.set(changed.get(`new:${name}`)?.data ?? [], start);
        }
        expected.forEach((value, index) => {
          const error = Math.abs(parameters[index] - value);
          expect(error, `step ${step + 1}, number ${index}`).toBeLessThan(1e-6 + 1e-5 * Math.abs(value));
        });
      }
    });
  });

  it('cuts the vector where decay or the norm changes, and nowhere else', () => {
    const decaying: OptimizerSpec = { kind: 'adamw', learningRate: 1, excludeFromDecay: ['bias', 'gamma'] };
    expect(updateRanges(decaying, places)).toEqual({
      ranges: [
        { start: 0, end: 8, weightDecay: 0.004, norm: null },
        { start: 8, end: 15, weightDecay: 0, norm: null },
      ],
      norms: 0,
    });
    const globalNorm: OptimizerSpec = { kind: 'sgd', learningRate: 1, clip: { kind: 'globalNorm', limit: 1 } };
    expect(updateRanges(globalNorm, places)).toEqual({
      ranges: [{ start: 0, end: 15, weightDecay: 0, norm: 0 }],
      norms: 1,
    });
    const frozenBias = places.filter(({ name }) => name !== 'dense/bias');
    expect(updateRanges(globalNorm, frozenBias).ranges.map(({ start, end }) => [start, end])).toEqual([
      [0, 8],
      [11, 15],
    ]);
    expect(updateRanges({ ...globalNorm, clip: { kind: 'norm', limit: 1 } }, places).norms).toBe(3);
  });

  it('takes no scalar that it does not need', () => {
    const scalars = (optimizer: OptimizerSpec): readonly string[] => compileUpdate(optimizer, { replicas: 1 }).scalars;
    expect(scalars({ kind: 'sgd', learningRate: 1, clip: { kind: 'value', limit: 1 } })).toEqual([
      'step',
      'learningRate',
    ]);
    expect(scalars({ kind: 'adamw', learningRate: 1, clip: { kind: 'norm', limit: 1 } })).toEqual([
      'step',
      'learningRate',
      'gradientScale',
      'weightDecay',
    ]);
  });

  it.each([
    [{ kind: 'newton', learningRate: 1 }, 'The optimizer is "newton"; one of adam, adamw,'],
    [{ kind: 'sgd', learningRate: 0 }, 'learningRate of sgd is 0; a number above 0 was expected.'],
    [{ kind: 'sgd', learningRate: 1, momentum: 1 }, 'momentum of sgd is 1; a number from 0, below 1 was expected.'],
    [{ kind: 'adam', learningRate: 1, weightDecay: -1 }, 'weightDecay of adam is -1; a number from 0 was expected.'],
    [{ kind: 'adam', learningRate: 1, clip: { kind: 'norm', limit: Number.NaN } }, 'The limit of clipping is NaN;'],
    [{ kind: 'adam', learningRate: 1, clip: { kind: 'size', limit: 1 } }, 'Clipping is by "size"; one of value, norm,'],
  ])('refuses %j', (optimizer, message) => {
    expect(() => compileUpdate(optimizer as OptimizerSpec, { replicas: 1 })).toThrow(message);
  });
});

interface LossInputs {
  readonly logits: ArrayLike<number>;
  readonly labels: ArrayLike<number>;
}

const { samples, classes } = FIXTURE;

function lossGraph(loss: LossSpec, end: End, mixed: boolean, batch = samples): Graph {
  const builder = new GraphBuilder();
  const logits = builder.input('logits', 'float32', [batch, classes]);
  const targets = {
    labels: builder.input('labels', 'int64', [batch]),
    sampleWeights: builder.input('sampleWeights', 'float32', [batch]),
    ...(mixed
      ? {
          mixed: {
            labels: builder.input('labels2', 'int64', [batch]),
            share: builder.input('mix', 'float32', [batch]),
          },
        }
      : {}),
  };
  const outputActivation = end === 'logits' ? (loss.kind === 'binaryCrossEntropy' ? 'sigmoid' : 'softmax') : end;
  const total = weightedLoss(builder, logits, targets, { loss, outputActivation });
  builder.output('total', total);
  builder.output('gradient', differentiate(builder, total, [logits])[0]);
  return builder.finish();
}

function lossFeeds({ logits, labels }: LossInputs, mixed: boolean): Map<string, TestTensor> {
  const batch = labels.length;
  return new Map<string, TestTensor>([
    ['logits', floats([batch, classes], logits)],
    ['labels', { type: 'int64', shape: [batch], data: labels }],
    ['sampleWeights', floats([batch], hashed(batch, 7))],
    ...(mixed
      ? ([
          ['labels2', { type: 'int64', shape: [batch], data: hashed(batch, 8).map((v) => Math.floor(v * classes)) }],
          ['mix', floats([batch], hashed(batch, 9))],
        ] as const)
      : []),
  ]);
}

const PLAIN: LossInputs = {
  logits: hashed(samples * classes, 5).map((value) => Math.fround((value * 2 - 1) * 4)),
  labels: hashed(samples, 6).map((value) => Math.floor(value * classes)),
};

describe('losses', () => {
  it.each(named(FIXTURE.losses, ({ loss, end, mixed }) => [loss, end, mixed ? 'mixed' : 'plain']))(
    '%s',
    async (_, { loss, end, mixed, values, total, gradient }) => {
      const graph = lossGraph(loss, end, mixed);
      const feeds = lossFeeds(PLAIN, mixed);
      const result = await runModel(emitOnnx(graph, { name: 'loss' }), feeds);
      expect(Math.abs(Number(result.get('total')?.data[0]) / total - 1)).toBeLessThan(1e-5);
      expectClose(array64([samples, classes], result.get('gradient')?.data ?? []), gradient, 1e-5, 'gradient');
      const feeds64 = new Map([...feeds].map(([name, { shape, data, type }]) => [name, array64(shape, data, type)]));
      const differences = centralDifferences(graph, feeds64, 'logits');
      expectClose(array64([samples, classes], differences), gradient, 1e-5, 'finite differences');
      if (mixed) return;
      values.forEach((value, row) => {
        const logits = Array.from(PLAIN.logits).slice(row * classes, (row + 1) * classes);
        const outputActivation = end === 'logits' ? (loss.kind === 'binaryCrossEntropy' ? 'sigmoid' : 'softmax') : end;
        const found = sampleLoss(loss, { logits, label: PLAIN.labels[row], outputActivation });
        expect(Math.abs(found / value - 1)).toBeLessThan(2e-5);
      });
    },
  );

  it.each(
    named(
      FIXTURE.losses.filter(({ mixed }) => !mixed),
      ({ loss, end }) => [loss, end],
    ),
  )('%s is finite for any logits', async (_, { loss, end }) => {
    const extremes = [
      [1e4, -1e4, 0, 5, -5],
      [-1e4, 1e4, 0, 5, -5],
      [-1e4, -1e4, -1e4, -1e4, -1e4],
      [1e4, 1e4, 1e4, -1e4, 1e4],
    ];
    const labels = [0, 0, 1, 3];
    const feeds = lossFeeds({ logits: extremes.flat(), labels }, false);
    feeds.set('sampleWeights', floats([4], [1, 1, 1, 1]));
    const result = await runModel(emitOnnx(lossGraph(loss, end, false, 4), { name: 'loss' }), feeds);
    const outputActivation = end === 'logits' ? (loss.kind === 'binaryCrossEntropy' ? 'sigmoid' : 'softmax') : end;
    const expected = extremes.reduce(
      (sum, logits, row) => sum + sampleLoss(loss, { logits, label: labels[row], outputActivation }),
      0,
    );
    expect(Number(result.get('total')?.data[0]) / expected).toBeCloseTo(1, 5);
    const gradient = Array.from(result.get('gradient')?.data ?? []);
    expect(gradient).toHaveLength(20);
    for (const value of gradient) expect(Math.abs(value)).toBeLessThan(10);
    // Sample 1 is wrong with all certainty: whatever saturates, the cross-entropies still pull.
    if (loss.kind !== 'meanSquaredError') expect(gradient[5]).toBeLessThan(-0.1);
  });

  it('refuses a loss that the end of the network does not fit', () => {
    expect(() => sampleLoss({ kind: 'binaryCrossEntropy' }, { logits: [1, 2], label: 0 })).toThrow(
      'The loss binaryCrossEntropy is of networks that end in sigmoid; this one ends in softmax.',
    );
    expect(() => sampleLoss({ kind: 'crossEntropy', labelSmoothing: 1 }, { logits: [1, 2], label: 0 })).toThrow(
      'labelSmoothing is 1; a number from 0, below 1, was expected.',
    );
  });
});

describe('schedules', () => {
  const { stepsPerEpoch, epochs, base } = FIXTURE;

  it.each(named(FIXTURE.schedules, ({ schedule }) => schedule))('%s', (_, { schedule, rates }) => {
    rates.forEach((rate, step) => {
      const found = learningRateAt(schedule, base, { step, stepsPerEpoch, epochs });
      expect(Math.abs(found - rate), `step ${step}: ${found} is not ${rate}`).toBeLessThan(1e-6 * rate + 1e-8);
    });
  });

  it.each(named(FIXTURE.plateaus, ({ schedule }) => schedule))('%s', (_, { schedule, losses, rates }) => {
    let state = plateauStart(base);
    const found = losses.map((loss) => {
      // As a checkpoint keeps it.
      state = JSON.parse(JSON.stringify(afterPlateauEpoch(schedule, state, loss)));
      return state.rate;
    });
    found.forEach((rate, epoch) => {
      expect(rate, `epoch ${epoch + 1}`).toBeCloseTo(rates[epoch], 6);
    });
  });

  it('has a rate above 0 for every step of the shortest runs', () => {
    for (const { schedule } of FIXTURE.schedules) {
      for (const total of [1, 2, 3, 4]) {
        for (let step = 0; step < total; step++) {
          expect(learningRateAt(schedule, base, { step, stepsPerEpoch: 1, epochs: total })).toBeGreaterThan(0);
        }
      }
    }
  });
});
