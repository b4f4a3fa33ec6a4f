/** @file Lowers the learning rate when the loss no longer falls, as Keras' ReduceLROnPlateau does. */
import type { ScheduleSpec } from '../../contracts/index.ts';

/** Plain data, part of a checkpoint. */
export interface PlateauState {
  /** Base of the next epoch's learning rate. */
  readonly rate: number;
  /** Lowest loss so far; null before the first epoch. */
  readonly best: number | null;
  /** Epochs since, that count. */
  readonly wait: number;
  /** Epochs that do not count after the rate was lowered. */
  readonly cooldown: number;
}

/** Before the first epoch, at the rate `base`. */
export function plateauStart(base: number): PlateauState {
  return { rate: base, best: null, wait: 0, cooldown: 0 };
}

/** @param loss the validation loss of the epoch that has ended, or the training loss when there is no validation split */
export function afterPlateauEpoch(
  schedule: Extract<ScheduleSpec, { kind: 'plateau' }>,
  state: PlateauState,
  loss: number,
): PlateauState {
  const { patience, factor, minimum, minDelta = 1e-4 } = schedule;
  const cooldown = Math.max(0, state.cooldown - 1);
  const waited = state.cooldown > 0 ? 0 : state.wait;
  if (state.best === null || loss + minDelta < state.best) return { ...state, best: loss, wait: 0, cooldown };
  if (cooldown > 0) return { ...state, wait: waited, cooldown };
  const wait = waited + 1;
  if (wait < patience || state.rate <= minimum) return { ...state, wait, cooldown };
  return {
    ...state,
    rate: Math.max(state.rate * factor, minimum),
    wait: 0,
    cooldown: schedule.cooldown ?? 0,
  };
}
