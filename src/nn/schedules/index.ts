/** @file Learning rates over a run. Pure functions of the step, so that a run taken up again goes on as it would have. */
import { PictorError, SCHEDULES, type ScheduleKind, type ScheduleSpec } from '../../contracts/index.ts';
import { cosineBetween, oneCycle } from './curves.ts';

export interface ScheduleMoment {
  /** 0-based over the whole run. */
  readonly step: number;
  readonly stepsPerEpoch: number;
  /** Of the whole run, as it was planned. */
  readonly epochs: number;
}

type ScheduleRule<K extends ScheduleKind> = (
  schedule: Extract<ScheduleSpec, { kind: K }>,
  base: number,
  moment: ScheduleMoment,
) => number;

/** Rates without the warm-up. Formulas are Keras' (`ExponentialDecay`, `CosineDecay`), `oneCycle` is PyTorch's `OneCycleLR`. */
const SCHEDULE_RULES: { readonly [K in ScheduleKind]: ScheduleRule<K> } = {
  constant: (_, base) => base,
  step: ({ every, factor }, base, { step, stepsPerEpoch }) =>
    base * factor ** Math.floor(step / (every * stepsPerEpoch)),
  exponential: ({ rate, every = 1 }, base, { step, stepsPerEpoch }) => base * rate ** (step / (every * stepsPerEpoch)),
  cosine: ({ minimum = 0, warmupEpochs = 0 }, base, { step, stepsPerEpoch, epochs }) => {
    const warmup = Math.round(warmupEpochs * stepsPerEpoch);
    const length = Math.max(1, epochs * stepsPerEpoch - warmup);
    return cosineBetween(base, Math.min(minimum, base), Math.min(1, Math.max(0, step - warmup) / length));
  },
  oneCycle: (schedule, base, { step, stepsPerEpoch, epochs }) => oneCycle(schedule, base, step, epochs * stepsPerEpoch),
  // Epochs decide (`afterPlateauEpoch`); the caller gives what they left.
  plateau: (_, base) => base,
};

/**
 * The learning rate of a step.
 *
 * While it warms up, over W steps, the rate is also multiplied by (step + 1) / (W + 1): it is never 0, and whole from step W.
 * @param base the optimizer's learning rate; for `plateau` the one that `PlateauState` has
 */
export function learningRateAt(schedule: ScheduleSpec, base: number, moment: ScheduleMoment): number {
  const rule = SCHEDULE_RULES[schedule.kind] as unknown as ScheduleRule<ScheduleKind>;
  const warmup = Math.round(warmupOf(schedule) * moment.stepsPerEpoch);
  return rule(schedule, base, moment) * Math.min(1, (moment.step + 1) / (warmup + 1));
}

function warmupOf(schedule: ScheduleSpec): number {
  return schedule.kind === 'oneCycle' ? 0 : (schedule.warmupEpochs ?? 0);
}

/** @throws `training_option_invalid` naming the option, what was received and what was expected */
export function checkSchedule(schedule: ScheduleSpec): void {
  if (!SCHEDULES.includes(schedule.kind)) {
    throw invalid('schedule', schedule.kind, `one of ${SCHEDULES.join(', ')}`);
  }
  for (const [option, value] of Object.entries(schedule)) {
    if (!Object.hasOwn(NUMBERS, option) || value === undefined) continue;
    const { says, holds } = NUMBERS[option];
    if (typeof value !== 'number' || !holds(value)) throw invalid(option, value, says);
  }
}

interface Bounds {
  readonly says: string;
  holds(value: number): boolean;
}

const ABOVE_0: Bounds = { says: 'a number above 0', holds: (value) => value > 0 && value < Infinity };
const FROM_0: Bounds = { says: 'a number from 0', holds: (value) => value >= 0 && value < Infinity };
const WHOLE: Bounds = { says: 'a whole number from 0', holds: (value) => Number.isSafeInteger(value) && value >= 0 };
const SHARE: Bounds = { says: 'a share above 0, below 1', holds: (value) => value > 0 && value < 1 };
const FACTOR: Bounds = { says: 'a number above 0, at most 1', holds: (value) => value > 0 && value <= 1 };
const RATIO: Bounds = { says: 'a number from 1', holds: (value) => value >= 1 && value < Infinity };

const NUMBERS: Readonly<Record<string, Bounds>> = {
  warmupEpochs: FROM_0,
  every: ABOVE_0,
  factor: FACTOR,
  rate: FACTOR,
  minimum: FROM_0,
  peakAt: SHARE,
  startFactor: RATIO,
  endFactor: RATIO,
  patience: { says: 'a whole number from 1', holds: (value) => Number.isSafeInteger(value) && value >= 1 },
  minDelta: FROM_0,
  cooldown: WHOLE,
};

function invalid(option: string, received: unknown, expected: string): PictorError {
  return new PictorError(
    'training_option_invalid',
    `${option} of the schedule is ${String(received)}; ${expected} was expected.`,
    { details: { option } },
  );
}
