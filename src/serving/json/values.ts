/** @file JSON values as requests have them: what `JSON.parse` gives would lose integers, keys and decimals. */

export type JsonValue = null | boolean | number | bigint | JsonDecimal | string | JsonValue[] | JsonObject;

/** Keys are the client's: a plain object would trip over `__proto__`. Of duplicate keys the first one counts. */
export type JsonObject = Map<string, JsonValue>;

/** A decimal that stands for a whole number, such as `1.0` or `1e3`: no integer, although it equals one. */
export class JsonDecimal {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}
