/** @file Two tests for each step, in plain ONNX and in the runtime's own layout: ours and Keras' are the same. */
import { beforeAll, expect, it } from 'vitest';
import { channelBlock } from '../../../src/runtime/index.ts';
import { differences, unknownStepOf } from './compare.ts';
import { askKeras, type KerasAnswer, type KerasOptions } from './keras.ts';
import { ourStep } from './our-step.ts';
import type { StepCase } from './step-case.ts';

/** A training computes in the second where the processor has it. */
const LAYOUTS = [...new Set([1, await channelBlock()])].map(
  (block) => [block === 1 ? 'plain' : `in blocks of ${block} channels`, block] as const,
);

/** Rounding in float32 is some 1e-7 a layer; behind many layers it is more. Pools are near the picture. */
const MARGINS = { relu: 1e-4, pool: 1e-6 };

/** Inside a `describe`: all steps are computed by one Python process, before the first test. */
export function itEqualsKeras(steps: readonly StepCase[], options: KerasOptions = {}): void {
  let answers: readonly (KerasAnswer | Error)[];
  beforeAll(async () => {
    answers = await askKeras(steps, options);
  });

  const tests = steps.flatMap(({ name }, index) =>
    LAYOUTS.map(([layout, block]) => [name, layout, index, block] as const),
  );
  it.each(tests)('%s, %s', async (_name, _layout, index, block) => {
    const answer = answers[index];
    if (answer instanceof Error) throw answer;
    const { float32, exact } = answer;
    const { network, optimizer, inputs } = steps[index];
    const ours = await ourStep({ ...steps[index], inputs: new Map([...inputs, ...(exact?.moved ?? [])]) }, block);
    const unknownStep = unknownStepOf(optimizer);
    const found = exact
      ? differences(ours, exact.float64, { unknownStep, yardstick: float32 })
      : differences(ours, float32, { unknownStep });
    expect(found, JSON.stringify(network).slice(0, 4000)).toEqual([]);
    if (exact) {
      expect(exact.margins.relu).toBeGreaterThan(MARGINS.relu);
      expect(exact.margins.pool).toBeGreaterThan(MARGINS.pool);
    }
  });
}
