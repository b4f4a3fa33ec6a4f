/** @file One test for each step: ours and Keras' are the same. */
import { beforeAll, expect, it } from 'vitest';
import { differences, unknownStepOf } from './compare.ts';
import { askKeras, type KerasOptions, type Tensors } from './keras.ts';
import { ourStep } from './our-step.ts';
import type { StepCase } from './step-case.ts';

/** Inside a `describe`: all steps are computed by one Python process, before the first test. */
export function itEqualsKeras(steps: readonly StepCase[], options: KerasOptions = {}): void {
  let answers: readonly (Tensors | Error)[];
  beforeAll(async () => {
    answers = await askKeras(steps, options);
  });

  it.each(steps.map((step, index) => [step.name, index] as const))('%s', async (_, index) => {
    const keras = answers[index];
    if (keras instanceof Error) throw keras;
    const { network, optimizer } = steps[index];
    const found = differences(await ourStep(steps[index]), keras, { unknownStep: unknownStepOf(optimizer) });
    expect(found, JSON.stringify(network).slice(0, 4000)).toEqual([]);
  });
}
