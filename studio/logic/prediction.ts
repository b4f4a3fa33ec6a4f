/** @file What to show of a prediction. */
import type { LabelProbability, PredictionResponse } from '../api/types.ts';

export interface Answer {
  readonly response: PredictionResponse;
  /** From sending to the answer. */
  readonly tookMs: number;
}

/** More labels than this do not fit beside a drawing. */
const SHOWN_LABELS = 10;

/** The answer for the one picture that was sent. */
export function predictionsOf(response: PredictionResponse): readonly LabelProbability[] {
  return response.predictions ?? response.results[0]?.predictions ?? [];
}

/**
 * The rows of the list of probabilities. Few labels keep their places, so that bars move and not words;
 * of many labels the most probable are shown.
 */
export function predictionRows(
  predictions: readonly LabelProbability[],
  labels: readonly string[],
  limit = SHOWN_LABELS,
): readonly LabelProbability[] {
  const sorted = [...predictions].sort((a, b) => b.probability - a.probability);
  if (labels.length > limit) return sorted.slice(0, limit);
  const byLabel = new Map(predictions.map((row) => [row.label, row]));
  const rows = labels.map((label) => byLabel.get(label) ?? { label, probability: 0 });
  return predictions.every(({ label }) => labels.includes(label)) ? rows : sorted.slice(0, limit);
}

/** How sure the model is, in words. */
export function confidenceWords(predictions: readonly LabelProbability[]): string {
  const [first, second] = [...predictions].sort((a, b) => b.probability - a.probability);
  if (!first) return '';
  if (first.probability >= 0.9) return 'Sure';
  if (first.probability >= 0.6) return 'Fairly sure';
  return second ? `Unsure: it may also be ${second.label}` : 'Unsure';
}
