/** @file The outputs that a signature promises, from what the model gave. */
import type { ServedOutput, TensorValue } from '../../contracts/index.ts';
import type { PredictedRows } from '../packed-rows.ts';
import type { ModelInUse } from '../predictor.ts';
import { topLabels } from '../ranking.ts';

/** By name, in the order in which the signature has them. */
export function outputTensors(model: ModelInUse, signature: string, rows: PredictedRows): Map<string, TensorValue> {
  const { served, outputs } = model.signatures[signature];
  return new Map(
    Object.entries(served).map(([name, output]) => {
      const shape = [rows.count, ...outputs[name].shape.slice(1)];
      const data = dataOf(output, model, rows);
      return [name, isTexts(data) ? textTensor(shape, data) : { dtype: 'DT_FLOAT', shape, data }];
    }),
  );
}

function isTexts(data: Float32Array | readonly string[]): data is readonly string[] {
  return Array.isArray(data);
}

function textTensor(shape: readonly number[], texts: readonly string[]): TensorValue {
  return { dtype: 'DT_STRING', shape, data: texts.map((text) => Buffer.from(text)) };
}

function dataOf(output: ServedOutput, { manifest }: ModelInUse, rows: PredictedRows): Float32Array | readonly string[] {
  switch (output.kind) {
    case 'probabilities':
      return output.classes ? picked(rows, output.classes) : rows.probabilities;
    case 'logits':
      return rows.layer(manifest.network.output);
    case 'layer':
      return rows.layer(output.layer);
    case 'topLabels':
      return ranked(rows, manifest.labels, output.count).map(({ label }) => label);
    case 'topProbabilities':
      return Float32Array.from(ranked(rows, manifest.labels, output.count), ({ probability }) => probability);
  }
}

/** Some columns of every row. */
function picked({ count, probabilities }: PredictedRows, classes: readonly number[]): Float32Array {
  const width = probabilities.length / count;
  return Float32Array.from({ length: count * classes.length }, (_, index) => {
    const row = Math.floor(index / classes.length);
    return probabilities[row * width + classes[index % classes.length]];
  });
}

function ranked({ count, probabilities }: PredictedRows, labels: readonly string[], top: number) {
  const classes = labels.length;
  return Array.from({ length: count }, (_, row) =>
    topLabels(probabilities.subarray(row * classes, (row + 1) * classes), labels, top),
  ).flat();
}
