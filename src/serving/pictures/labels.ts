/** @file Labels as the protocols of digits give them. */

/** A whole number when the label is one: digits are numbers there. */
export function numberOrText(label: string): number | string {
  const value = Number(label);
  return /^-?\d+$/.test(label) && Number.isSafeInteger(value) ? value : label;
}
