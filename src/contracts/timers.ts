/** @file How long timers may be. */

/** Timers hold 31 bits of milliseconds, 24.8 days; what is longer would fire at once. */
export const MAX_TIMER_MS = 2 ** 31 - 1;
