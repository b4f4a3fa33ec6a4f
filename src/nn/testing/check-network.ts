/** @file Checks the gradients of a whole network: ONNX against float64, float64 against finite differences. */
import { type NetworkSpec, RandomGenerator } from '../../contracts/index.ts';
import { GRADIENT_PREFIX, gradientsGraph } from '../compile/gradients.ts';
import { PENALTY_WEIGHT } from '../compile/penalty.ts';
import { initialWeights } from '../network/weights.ts';
import { type Array64, array64, countOf } from './array64.ts';
import { centralDifferences, expectClose, expectSameAsReference } from './check-op.ts';
import { evaluateGraph } from './reference.ts';

export interface NetworkCheck {
  readonly batchSize: number;
  readonly classes: number;
  /** How many elements of each parameter are compared with finite differences. */
  readonly elements: number;
}

export async function checkNetwork(spec: NetworkSpec, { batchSize, classes, elements }: NetworkCheck): Promise<void> {
  const { graph, parameters, masks } = gradientsGraph(spec, { batchSize });
  const random = new RandomGenerator(5, spec.name);
  const drawn = (shape: readonly number[], draw: () => number): Array64 =>
    array64(
      shape,
      Float64Array.from({ length: countOf(shape) }, () => Math.fround(draw())),
    );
  const { height, width, channels } = spec.input;
  const feeds = new Map<string, Array64>([
    ['images', { ...drawn([batchSize, height, width, channels], () => random.nextInteger(256)), type: 'uint8' }],
    ['labels', { ...drawn([batchSize], () => random.nextInteger(classes)), type: 'int64' }],
    ['sampleWeights', drawn([batchSize], () => random.nextFloat())],
    ...(graph.inputs.some(({ name }) => name === PENALTY_WEIGHT)
      ? [[PENALTY_WEIGHT, array64([], [0.5])] as const]
      : []),
    ...masks.map(
      ({ name, shape, rate }) => [name, drawn(shape, () => (random.nextFloat() < rate ? 0 : 1 / (1 - rate)))] as const,
    ),
  ]);
  for (const [name, { shape, data }] of initialWeights(spec, 3)) {
    // Biases that are all 0 would hide mistakes.
    const biased = Float64Array.from(data, (value) =>
      value === 0 ? Math.fround(random.nextBetween(-0.1, 0.1)) : value,
    );
    feeds.set(name, array64(shape, biased));
  }
  // A bias before a normalisation has the gradient 0: nothing to measure rounding against.
  await expectSameAsReference(graph, feeds, 5e-5, 3e-2);
  const analytic = evaluateGraph(graph, feeds);
  for (const { name, shape, trainable } of parameters) {
    if (!trainable) continue;
    const count = countOf(shape);
    const indices = Array.from({ length: Math.min(elements, count) }, () => random.nextInteger(count));
    const numeric = centralDifferences(graph, feeds, name, { total: 'loss', elements: indices });
    const { data } = analytic.get(`${GRADIENT_PREFIX}${name}`) as Array64;
    const chosen = array64(
      [indices.length],
      indices.map((index) => data[index]),
    );
    expectClose(chosen, numeric, 1e-5, `${spec.name}: gradient by ${name}`);
  }
}
