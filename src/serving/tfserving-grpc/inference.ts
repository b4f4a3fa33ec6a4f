/** @file `PredictionService.Classify`, `Regress` and `MultiInference`. */
import { create } from '@bufbuild/protobuf';
import { serving } from '../../proto/index.ts';
import type { RunOptions } from '../model-in-use.ts';
import type { Predictor } from '../predictor.ts';
import { DEFAULT_SIGNATURE } from '../signatures/served.ts';
import { classify, multiInference, regress, type ScoredClass, type TaskResult } from '../tfserving/inference.ts';
import { invalidArgument } from '../tfserving/status.ts';
import { serialisedExamples } from './examples.ts';
import { servableSpec, specOfAnswer, useServable } from './servable.ts';

/** @throws TfServingError, and what the model throws */
export function classifyExamples(
  predictor: Pick<Predictor, 'use'>,
  { modelSpec, input }: serving.ClassificationRequest,
  options: RunOptions,
): Promise<serving.ClassificationResponse> {
  const spec = servableSpec(modelSpec);
  return useServable(predictor, spec, async (model) => {
    const classes = await classify(model, spec.signature, serialisedExamples(input), options);
    return create(serving.ClassificationResponseSchema, {
      modelSpec: specOfAnswer(model, spec.signature),
      result: classificationResult(classes),
    });
  });
}

/** @throws TfServingError, and what the model throws */
export function regressExamples(
  predictor: Pick<Predictor, 'use'>,
  { modelSpec, input }: serving.RegressionRequest,
  options: RunOptions,
): Promise<serving.RegressionResponse> {
  const spec = servableSpec(modelSpec);
  return useServable(predictor, spec, async (model) => {
    const numbers = await regress(model, spec.signature, serialisedExamples(input), options);
    return create(serving.RegressionResponseSchema, {
      modelSpec: specOfAnswer(model, spec.signature),
      result: regressionResult(numbers),
    });
  });
}

/** @throws TfServingError, and what the model throws */
export function inferMultiple(
  predictor: Pick<Predictor, 'use'>,
  { tasks, input }: serving.MultiInferenceRequest,
  options: RunOptions,
): Promise<serving.MultiInferenceResponse> {
  const spec = servableSpec(tasks[0]?.modelSpec);
  const wanted = tasks.map(({ modelSpec, methodName }) => {
    if (!modelSpec?.name) throw invalidArgument('Found ModelSpec with an empty model name.');
    if (modelSpec.name !== spec.name) {
      throw invalidArgument('All ModelSpecs in a MultiInferenceRequest must access the same model name.');
    }
    return { signature: modelSpec.signatureName || DEFAULT_SIGNATURE, method: methodName };
  });
  return useServable(predictor, spec, async (model) => {
    const results = await multiInference(model, wanted, () => serialisedExamples(input), options);
    return create(serving.MultiInferenceResponseSchema, {
      results: results.map((result, index) => ({
        modelSpec: specOfAnswer(model, wanted[index].signature),
        result: taskResult(result),
      })),
    });
  });
}

function taskResult(result: TaskResult): serving.InferenceResult['result'] {
  switch (result.kind) {
    case 'classes':
      return { case: 'classificationResult', value: classificationResult(result.classes) };
    case 'numbers':
      return { case: 'regressionResult', value: regressionResult(result.numbers) };
  }
}

export function classificationResult(examples: readonly (readonly ScoredClass[])[]): serving.ClassificationResult {
  const classifications = examples.map((classes) => ({ classes: [...classes] }));
  return create(serving.ClassificationResultSchema, { classifications });
}

export function regressionResult(numbers: readonly number[]): serving.RegressionResult {
  return create(serving.RegressionResultSchema, { regressions: numbers.map((value) => ({ value })) });
}
