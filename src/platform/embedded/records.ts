/** @file Stored values: JSON, some with a number in front that can be read without parsing the JSON. */

export interface NumberedText {
  readonly number: number;
  readonly text: string;
}

/** JSON text of a value. Throws `TypeError` when there is none, as for a function. */
export function toJson(value: unknown): string {
  const text = JSON.stringify(value) as string | undefined;
  if (text === undefined) throw new TypeError(`A ${typeof value} cannot be stored: it has no JSON form.`);
  return text;
}

export function encodeRecord(value: unknown): Buffer {
  return Buffer.from(toJson(value));
}

export function decodeRecord<T>(bytes: Buffer): T {
  return JSON.parse(bytes.toString()) as T;
}

export function encodeNumbered(number: number, text: string): Buffer {
  return Buffer.from(`${number}\n${text}`);
}

export function decodeNumbered(bytes: Buffer): NumberedText {
  const end = bytes.indexOf('\n');
  return { number: Number(bytes.toString('latin1', 0, end)), text: bytes.toString('utf8', end + 1) };
}

/** The number alone, however long the text is. */
export function leadingNumber(bytes: Buffer): number {
  return Number(bytes.toString('latin1', 0, bytes.indexOf('\n')));
}
