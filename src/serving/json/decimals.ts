/** @file Decimals as TensorFlow Serving prints them. */

/** Digits that tell every float32, every float64 from its neighbours. */
const FLOAT32_DIGITS = 9;
const FLOAT64_DIGITS = 17;

/**
 * A float32 as TensorFlow Serving prints it: six digits, or nine when six do not give the same number back;
 * `.0` behind a whole number; `NaN`, `Infinity` and `-Infinity` bare, although JSON has no such thing.
 */
export function formatFloat32(value: number): string {
  if (!Number.isFinite(value)) return notFinite(value);
  let text = general(value, 6);
  if (Math.fround(Number(text)) !== value) text = general(value, FLOAT32_DIGITS);
  return withPoint(text);
}

/** As `formatFloat32`, of a float64: six digits or seventeen. */
export function formatFloat64(value: number): string {
  if (!Number.isFinite(value)) return notFinite(value);
  let text = general(value, 6);
  if (Number(text) !== value) text = general(value, FLOAT64_DIGITS);
  return withPoint(text);
}

function notFinite(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  return value < 0 ? '-Infinity' : 'Infinity';
}

function withPoint(text: string): string {
  return /[.e]/.test(text) ? text : `${text}.0`;
}

/** C's `%.{digits}g`. */
function general(value: number, digits: number): string {
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  // Where no exponent is written, JavaScript writes the same, in one step.
  const plain = Math.abs(value) >= 1e-4 ? value.toPrecision(digits) : 'e';
  if (!plain.includes('e')) return withoutTrailingZeros(plain);
  const [mantissa, exponentText] = value.toExponential(digits - 1).split('e');
  const exponent = Number(exponentText);
  if (exponent >= -4 && exponent < digits) return withoutTrailingZeros(value.toFixed(digits - 1 - exponent));
  const sign = exponent < 0 ? '-' : '+';
  return `${withoutTrailingZeros(mantissa)}e${sign}${String(Math.abs(exponent)).padStart(2, '0')}`;
}

function withoutTrailingZeros(decimal: string): string {
  return decimal.endsWith('0') && decimal.includes('.') ? decimal.replace(/\.?0+$/, '') : decimal;
}
