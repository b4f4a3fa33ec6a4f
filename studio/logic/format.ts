/** @file Numbers, times and sizes as people read them. */

const NO_VALUE = '–';
const count = new Intl.NumberFormat('en');
const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });
const moment = new Intl.DateTimeFormat('en', {
  year: 'numeric',
  month: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
});
const clock = new Intl.DateTimeFormat('en', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});

/** `60000` → `60,000`. */
export function formatCount(value: number): string {
  return count.format(value);
}

/** `3989285` → `4M`. */
export function formatCompact(value: number): string {
  return compact.format(value);
}

/** `1 picture`, `2 pictures`. */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${formatCount(value)} ${value === 1 ? one : many}`;
}

/**
 * A ratio 0..1 as a percentage. What is not quite all never reads as 100%, and what is not quite nothing never as 0%:
 * rounding `0.99996` up would claim a perfect model.
 */
export function formatPercent(ratio: number | null | undefined, digits = 1): string {
  if (ratio === null || ratio === undefined || !Number.isFinite(ratio)) return NO_VALUE;
  const step = 10 ** -digits;
  const percent = ratio * 100;
  if (ratio < 1 && percent > 100 - step / 2) return `>${(100 - step).toFixed(digits)}%`;
  if (ratio > 0 && percent < step / 2) return `<${step.toFixed(digits)}%`;
  return `${percent.toFixed(percent === 100 || percent === 0 ? 0 : digits)}%`;
}

/** A loss: four digits that mean something. */
export function formatLoss(value: number | null | undefined): string {
  if (value === null || value === undefined) return NO_VALUE;
  if (!Number.isFinite(value)) return String(value);
  if (Math.abs(value) >= 1000) return value.toExponential(2);
  return value.toFixed(Math.abs(value) >= 10 ? 2 : 4);
}

/** Images per second. */
export function formatRate(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return NO_VALUE;
  return value < 10 ? value.toFixed(1) : formatCount(Math.round(value));
}

/** `75` → `1 min 15 s`. */
export function formatDuration(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return NO_VALUE;
  if (seconds < 0.95) return '<1 s';
  if (seconds < 9.95 && !Number.isInteger(seconds)) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return join(Math.floor(whole / 60), 'min', whole % 60, 's');
  const minutes = Math.round(whole / 60);
  if (minutes < 1440) return join(Math.floor(minutes / 60), 'h', minutes % 60, 'min');
  const hours = Math.round(minutes / 60);
  return join(Math.floor(hours / 24), 'd', hours % 24, 'h');
}

function join(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}

/** Bytes in steps of 1,000, as the command line shows them: `1536` → `1.5 kB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 || value >= 99.95 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** `3 min ago`; after a week the date. */
export function formatAgo(iso: string, now: number): string {
  const at = Date.parse(iso);
  if (Number.isNaN(at)) return NO_VALUE;
  const seconds = (now - at) / 1000;
  if (seconds < 5) return 'just now';
  if (seconds < 60) return `${Math.floor(seconds)} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  if (seconds < 7 * 86_400) return `${Math.floor(seconds / 86_400)} d ago`;
  return formatMoment(iso);
}

export function formatMoment(iso: string): string {
  const at = Date.parse(iso);
  return Number.isNaN(at) ? NO_VALUE : moment.format(at);
}

/** Time of day, for log lines. */
export function formatClock(iso: string): string {
  const at = Date.parse(iso);
  return Number.isNaN(at) ? NO_VALUE : clock.format(at);
}

/** `28 × 28 grey`. */
export function formatShape(shape: { height: number; width: number; channels: number }): string {
  return `${shape.height} × ${shape.width} ${shape.channels === 1 ? 'grey' : 'colour'}`;
}
