/**
 * @file Protobuf's text format, as configuration files have it, into messages. Source of grammar and texts: protobuf's
 * `text_format.cc`.
 */
import {
  create,
  type DescEnum,
  type DescField,
  type DescMessage,
  type MessageShape,
  ScalarType,
} from '@bufbuild/protobuf';
import { type ReflectMessage, reflect } from '@bufbuild/protobuf/reflect';
import { stringBytes, TextFormatError, type Token, Tokens } from './text-tokens.ts';

/** Messages inside messages; protobuf's own limit. */
const MAX_DEPTH = 100;

/** Names of numbers, for fields that are enums in the original and int32 here; by the field's name. */
export type NumberNames = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** @throws TextFormatError */
export function parseTextFormat<T extends DescMessage>(
  schema: T,
  text: string,
  names: NumberNames = {},
): MessageShape<T> {
  const message = create(schema);
  new Parser(new Tokens(text), names).fields(reflect(schema, message), null, 0);
  return message;
}

class Parser {
  readonly #tokens: Tokens;
  readonly #names: NumberNames;

  constructor(tokens: Tokens, names: NumberNames) {
    this.#tokens = tokens;
    this.#names = names;
  }

  /** @param close the sign that ends the message; null at the top */
  fields(message: ReflectMessage, close: '}' | '>' | null, depth: number): void {
    if (depth > MAX_DEPTH) {
      throw this.#error(`Message is too deep, the parser exceeded the configured recursion limit of ${MAX_DEPTH}.`);
    }
    for (;;) {
      const { kind, text } = this.#tokens.current;
      if (close === null ? kind === 'end' : kind === 'sign' && (text === '}' || text === '>')) break;
      this.#field(message, depth);
    }
    if (close !== null) this.#expect(close);
  }

  #field(message: ReflectMessage, depth: number): void {
    const field = this.#fieldNamed(message);
    const at = this.#tokens.current;
    refuseSecond(message, field, at);
    const isMessage = kindOf(field) === 'message' || field.fieldKind === 'map';
    if (isMessage) this.#takes(':');
    else this.#expect(':');
    if (this.#takes('[')) {
      if (field.fieldKind !== 'list' && field.fieldKind !== 'map') throw this.#error('Expected a single value.', at);
      if (!this.#takes(']')) {
        do this.#value(message, field, depth);
        while (this.#takes(','));
        this.#expect(']');
      }
    } else this.#value(message, field, depth);
    if (!this.#takes(',')) this.#takes(';');
  }

  #fieldNamed(message: ReflectMessage): DescField {
    const { typeName } = message.desc;
    if (this.#tokens.current.text === '[') {
      throw this.#error(`Message type "${typeName}" takes no extensions and no expanded Any here.`);
    }
    const token = this.#tokens.current;
    if (token.kind !== 'name') throw this.#error(`Expected identifier, got: ${token.text}`);
    this.#tokens.take();
    const field = message.fields.find(({ name }) => name === token.text);
    if (field) return field;
    throw new TextFormatError(`Message type "${typeName}" has no field named "${token.text}".`, token);
  }

  #value(message: ReflectMessage, field: DescField, depth: number): void {
    switch (field.fieldKind) {
      case 'list':
        message.get(field).add(this.#single(field.listKind, field, depth));
        break;
      case 'map':
        this.#entry(message, field, depth);
        break;
      default:
        message.set(field, this.#single(field.fieldKind, field, depth));
    }
  }

  /** One value of the kind that a field or its items have. */
  #single(kind: 'scalar' | 'enum' | 'message', field: DescField, depth: number): unknown {
    if (kind === 'scalar') return this.#scalar(field, field.scalar as ScalarType);
    if (kind === 'enum') return this.#enumeration(field, field.enum as DescEnum);
    return this.#message(field.message as DescMessage, depth);
  }

  #message(schema: DescMessage, depth: number): ReflectMessage {
    const inner = reflect(schema, create(schema));
    this.#inBraces((close) => this.fields(inner, close, depth + 1));
    return inner;
  }

  /** `{ key: ... value: ... }`. Of the same key the last entry counts, as on the wire. */
  #entry(message: ReflectMessage, field: DescField & { fieldKind: 'map' }, depth: number): void {
    let key: unknown = field.mapKey === ScalarType.STRING ? '' : zeroOf(field.mapKey);
    let value: unknown;
    this.#inBraces((close) => {
      while (this.#tokens.current.text !== close) {
        const name = this.#tokens.current;
        if (name.kind !== 'name') throw this.#error(`Expected identifier, got: ${name.text}`);
        this.#tokens.take();
        if (name.text === 'key') {
          this.#expect(':');
          key = this.#scalar(field, field.mapKey);
        } else if (name.text === 'value') {
          if (field.mapKind !== 'message') this.#expect(':');
          else this.#takes(':');
          value = this.#single(field.mapKind, field, depth + 1);
        } else {
          const entry = `${message.desc.typeName}.${field.jsonName[0].toUpperCase()}${field.jsonName.slice(1)}Entry`;
          throw new TextFormatError(`Message type "${entry}" has no field named "${name.text}".`, name);
        }
        if (!this.#takes(',')) this.#takes(';');
      }
      this.#expect(close);
    });
    value ??= field.mapKind === 'scalar' ? zeroOf(field.scalar) : field.mapKind === 'enum' ? 0 : undefined;
    if (field.mapKind === 'message') value ??= reflect(field.message, create(field.message));
    message.get(field).set(key as string, value);
  }

  #inBraces(work: (close: '}' | '>') => void): void {
    const close = this.#takes('<') ? '>' : '}';
    if (close === '}') this.#expect('{');
    work(close);
  }

  #scalar(field: DescField, type: ScalarType): unknown {
    switch (type) {
      case ScalarType.STRING:
        return this.#bytes().toString('utf8');
      case ScalarType.BYTES:
        return new Uint8Array(this.#bytes());
      case ScalarType.BOOL:
        return this.#boolean(field);
      case ScalarType.FLOAT:
      case ScalarType.DOUBLE:
        return this.#decimal();
      default:
        if (Object.hasOwn(this.#names, field.name)) return this.#named(field, this.#names[field.name]);
        return this.#integer(RANGES[type]);
    }
  }

  #named(field: DescField, names: Readonly<Record<string, number>>): number {
    const token = this.#tokens.take();
    if (Object.hasOwn(names, token.text)) return names[token.text];
    const number = Object.values(names).find((value) => String(value) === token.text);
    if (number !== undefined) return number;
    throw unknownEnumeration(field, token);
  }

  /** Strings behind each other are one. */
  #bytes(): Buffer {
    if (this.#tokens.current.kind !== 'string') throw this.#error(`Expected string, got: ${this.#tokens.current.text}`);
    const parts: Buffer[] = [];
    while (this.#tokens.current.kind === 'string') parts.push(stringBytes(this.#tokens.take()));
    return Buffer.concat(parts);
  }

  #boolean(field: DescField): boolean {
    const token = this.#tokens.take();
    if (['true', 'True', 't', '1'].includes(token.text)) return true;
    if (['false', 'False', 'f', '0'].includes(token.text)) return false;
    throw new TextFormatError(`Invalid value for boolean field "${field.name}". Value: "${token.text}".`, token);
  }

  #decimal(): number {
    const negative = this.#takes('-');
    const token = this.#tokens.take();
    const text = token.text.toLowerCase();
    let value: number;
    if (token.kind === 'integer' || token.kind === 'float') value = Number(text.replace(/f$/, ''));
    else if (token.kind === 'name' && (text === 'inf' || text === 'infinity')) value = Number.POSITIVE_INFINITY;
    else if (token.kind === 'name' && text === 'nan') value = Number.NaN;
    else throw new TextFormatError(`Expected double, got: ${token.text}`, token);
    return negative ? -value : value;
  }

  #integer({ min, max, wide }: IntegerRange): number | bigint {
    const negative = this.#tokens.current.text === '-' ? this.#tokens.take() : null;
    const token = this.#tokens.take();
    if (token.kind !== 'integer') throw new TextFormatError(`Expected integer, got: ${token.text}`, token);
    // A leading zero makes it octal, as in C.
    const octal = /^0[0-9]+$/.test(token.text);
    if (octal && !/^[0-7]+$/.test(token.text)) {
      throw new TextFormatError('Numbers starting with leading zero must be in octal.', token);
    }
    const size = octal ? BigInt(`0o${token.text.slice(1)}`) : BigInt(token.text);
    const value = negative ? -size : size;
    if (value < min || value > max) throw new TextFormatError(`Integer out of range (${token.text})`, token);
    return wide ? value : Number(value);
  }

  #enumeration(field: DescField, schema: DescEnum): number {
    const token = this.#tokens.take();
    const known = schema.values.find(({ name, number }) => name === token.text || String(number) === token.text);
    if (known) return known.number;
    throw unknownEnumeration(field, token);
  }

  #takes(sign: string): boolean {
    const { kind, text } = this.#tokens.current;
    if (kind !== 'sign' || text !== sign) return false;
    this.#tokens.take();
    return true;
  }

  #expect(sign: string): void {
    if (!this.#takes(sign)) throw this.#error(`Expected "${sign}", found "${this.#tokens.current.text}".`);
  }

  #error(message: string, at: Token = this.#tokens.current): TextFormatError {
    return new TextFormatError(message, at);
  }
}

function unknownEnumeration(field: DescField, token: Token): TextFormatError {
  return new TextFormatError(`Unknown enumeration value of "${token.text}" for field "${field.name}".`, token);
}

/** A field that is not a list is given once, and of a choice one member. */
function refuseSecond(message: ReflectMessage, field: DescField, at: Token): void {
  if (field.fieldKind === 'list' || field.fieldKind === 'map') return;
  const set = field.oneof ? message.oneofCase(field.oneof) : undefined;
  if (set && set !== field) {
    const choice = field.oneof?.name;
    const text = `Field "${field.name}" is specified along with field "${set.name}", another member of oneof "${choice}".`;
    throw new TextFormatError(text, at);
  }
  if (message.isSet(field)) {
    throw new TextFormatError(`Non-repeated field "${field.name}" is specified multiple times.`, at);
  }
}

function kindOf(field: DescField): 'scalar' | 'enum' | 'message' {
  if (field.fieldKind === 'list') return field.listKind;
  return field.fieldKind === 'map' ? field.mapKind : field.fieldKind;
}

interface IntegerRange {
  readonly min: bigint;
  readonly max: bigint;
  /** Of 64 bits: kept as `bigint`. */
  readonly wide: boolean;
}

type IntegerType = Exclude<
  ScalarType,
  ScalarType.STRING | ScalarType.BYTES | ScalarType.BOOL | ScalarType.FLOAT | ScalarType.DOUBLE
>;

const INT32 = { min: -(2n ** 31n), max: 2n ** 31n - 1n, wide: false } as const;
const INT64 = { min: -(2n ** 63n), max: 2n ** 63n - 1n, wide: true } as const;
const UINT32 = { min: 0n, max: 2n ** 32n - 1n, wide: false } as const;
const UINT64 = { min: 0n, max: 2n ** 64n - 1n, wide: true } as const;

const RANGES: Readonly<Record<IntegerType, IntegerRange>> = {
  [ScalarType.INT32]: INT32,
  [ScalarType.SINT32]: INT32,
  [ScalarType.SFIXED32]: INT32,
  [ScalarType.INT64]: INT64,
  [ScalarType.SINT64]: INT64,
  [ScalarType.SFIXED64]: INT64,
  [ScalarType.UINT32]: UINT32,
  [ScalarType.FIXED32]: UINT32,
  [ScalarType.UINT64]: UINT64,
  [ScalarType.FIXED64]: UINT64,
};

function zeroOf(type: ScalarType): unknown {
  if (type === ScalarType.STRING) return '';
  if (type === ScalarType.BYTES) return new Uint8Array();
  if (type === ScalarType.BOOL) return false;
  if (type === ScalarType.FLOAT || type === ScalarType.DOUBLE) return 0;
  return RANGES[type].wide ? 0n : 0;
}
