/** @file The points of a learning curve: what was pushed while training ran, and what each epoch ended with. */
import type { EpochRecord, TrainingProgress } from '../api/types.ts';

export interface CurvePoint {
  /** In epochs: 1.5 is the middle of the second one. */
  readonly at: number;
  readonly loss: number;
  readonly accuracy: number;
}

/** More points than a screen has columns show nothing more. */
const MAX_POINTS = 1200;

/** Where a run is, as a point of its curve. */
export function pointOf({ epoch, step, steps, loss, accuracy }: TrainingProgress): CurvePoint {
  return { at: epoch - 1 + (steps > 0 ? step / steps : 0), loss, accuracy };
}

/**
 * Adds a point at the end. A point that lies before the last one means that training started again from an earlier
 * place, with another trainer: what came after it is dropped. Points are thinned out evenly when there are too many.
 */
export function addPoint(
  points: readonly CurvePoint[],
  point: CurvePoint,
  maxPoints = MAX_POINTS,
): readonly CurvePoint[] {
  if (point.at <= 0 || !Number.isFinite(point.loss)) return points;
  const last = points.at(-1);
  if (last && last.at === point.at && last.loss === point.loss) return points;
  const kept = last && last.at >= point.at ? points.filter(({ at }) => at < point.at) : points;
  const grown = [...kept, point];
  if (grown.length <= maxPoints) return grown;
  return grown.filter((_, i) => i % 2 === 1 || i === grown.length - 1);
}

export interface CurveColumns {
  /** In epochs, ascending, each once. */
  readonly at: number[];
  /** Running mean of the epoch, as pushed; null where there is no such point. */
  readonly running: (number | null)[];
  readonly train: (number | null)[];
  readonly validation: (number | null)[];
}

/**
 * Lines up pushed points and epochs for one quantity.
 * The running mean starts anew with every epoch, so a gap separates them.
 */
export function curveColumns(
  points: readonly CurvePoint[],
  history: readonly EpochRecord[],
  quantity: 'loss' | 'accuracy',
): CurveColumns {
  const running = new Map<number, number | null>();
  let previous = 0;
  for (const point of points) {
    const epoch = Math.ceil(point.at);
    if (previous && epoch > previous) running.set(epoch - 1 + 1e-6, null);
    previous = epoch;
    running.set(point.at, point[quantity]);
  }
  const epochs = new Map(history.map((record) => [record.epoch, record]));
  const at = [...new Set([...running.keys(), ...epochs.keys()])].sort((a, b) => a - b);
  const validation = quantity === 'loss' ? 'validationLoss' : 'validationAccuracy';
  return {
    at,
    running: at.map((x) => running.get(x) ?? null),
    train: at.map((x) => epochs.get(x)?.[quantity] ?? null),
    validation: at.map((x) => epochs.get(x)?.[validation] ?? null),
  };
}

/** The course of one quantity in a sentence, for those who do not see the chart. */
export function describeCurve(
  history: readonly EpochRecord[],
  quantity: 'loss' | 'accuracy',
  format: (value: number) => string,
): string {
  const title = quantity === 'loss' ? 'Loss' : 'Accuracy';
  const first = history[0];
  const last = history.at(-1);
  if (!first || !last) return `${title}: no epoch is finished yet.`;
  const held = quantity === 'loss' ? last.validationLoss : last.validationAccuracy;
  const end = held === null ? '' : `, on validation pictures ${format(held)}`;
  if (first === last) return `${title} after epoch 1: ${format(first[quantity])}${end}.`;
  return `${title} from ${format(first[quantity])} after epoch ${first.epoch} to ${format(last[quantity])} after epoch ${last.epoch}${end}.`;
}
