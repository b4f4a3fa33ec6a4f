/**
 * @file Reads Python pickles that hold arrays and containers, and refuses every other one.
 * A pickle is a program for a stack machine; the instructions that call Python are known here for NumPy's arrays only,
 * and those are understood, not called. Source of the format: CPython's Lib/pickletools.py.
 */
import { PictorError } from '../../contracts/index.ts';
import { buildObject, callGlobal, isAllowedGlobal } from './pickle-numpy.ts';
import { PickleBytes, PickleGlobal, type PickleValue } from './pickle-values.ts';

/** @throws pickle_unsafe when it would call or import anything but NumPy's arrays; pickle_invalid when it is damaged. */
export function readPickle(bytes: Uint8Array, name: string): PickleValue {
  return new PickleMachine(bytes, name).run();
}

const MARK = Symbol('mark');

/** More than a list of a million labels needs; a bomb makes one object per byte. */
const MAX_STEPS = 4_000_000;

class PickleMachine {
  readonly #bytes: Buffer;
  readonly #name: string;
  readonly #stack: (PickleValue | typeof MARK)[] = [];
  readonly #memo = new Map<number, PickleValue>();
  #at = 0;
  #steps = 0;
  #encodedBytes = 0;

  constructor(bytes: Uint8Array, name: string) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#name = name;
  }

  run(): PickleValue {
    while (true) {
      const opcode = this.#take(1)[0];
      if (++this.#steps > MAX_STEPS) throw this.invalid(`has more than ${MAX_STEPS} instructions`);
      if (opcode === STOP) return this.#pop();
      const step = STEPS[opcode];
      if (!step) throw this.#refuse(opcode);
      step(this);
    }
  }

  #refuse(opcode: number): PictorError {
    const name = UNSAFE_OPCODES[opcode];
    if (name) return unsafe(this.#name, `it uses the instruction ${name}`);
    return this.invalid(`has an unknown instruction 0x${opcode.toString(16)} at byte ${this.#at - 1}`);
  }

  invalid(what: string): PictorError {
    return new PictorError('pickle_invalid', `The pickle ${this.#name} ${what}.`);
  }

  #take(length: number): Buffer {
    if (length > this.#bytes.length - this.#at) throw this.invalid('ends in the middle of a value');
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  unsigned(length: 1 | 2 | 4): number {
    return this.#take(length).readUIntLE(0, length);
  }

  length8(): number {
    const length = this.#take(8).readBigUInt64LE();
    if (length > BigInt(this.#bytes.length)) throw this.invalid('declares more bytes than it has');
    return Number(length);
  }

  int32(): number {
    return this.#take(4).readInt32LE();
  }

  float64(): number {
    return this.#take(8).readDoubleBE();
  }

  long(length: number): number {
    if (length > 8) throw this.invalid('holds a number too long for an array');
    let value = 0n;
    for (const [i, byte] of this.#take(length).entries()) value |= BigInt(byte) << BigInt(8 * i);
    return Number(BigInt.asIntN(8 * length || 8, value));
  }

  line(): string {
    const end = this.#bytes.indexOf(0x0a, this.#at);
    if (end < 0) throw this.invalid('ends in the middle of a value');
    const text = this.#bytes.toString('latin1', this.#at, end);
    this.#at = end + 1;
    return text.endsWith('\r') ? text.slice(0, -1) : text;
  }

  numberLine(): number | boolean {
    const text = this.line().replace(/L$/, '');
    if (text === '00' || text === '01') return text === '01';
    const value = Number(text);
    if (text === '' || Number.isNaN(value)) throw this.invalid('holds a number that cannot be read');
    return value;
  }

  bytes(length: number, isText: boolean): PickleBytes {
    return new PickleBytes(this.#take(length), isText);
  }

  push(value: PickleValue): void {
    this.#stack.push(value);
  }

  mark(): void {
    this.#stack.push(MARK);
  }

  #pop(): PickleValue {
    const value = this.#stack.pop();
    if (value === undefined || value === MARK) throw this.invalid('takes a value that is not there');
    return value as PickleValue;
  }

  pop(): PickleValue {
    return this.#pop();
  }

  top(): PickleValue {
    const value = this.#pop();
    this.#stack.push(value);
    return value;
  }

  popToMark(): PickleValue[] {
    const at = this.#stack.lastIndexOf(MARK);
    if (at < 0) throw this.invalid('takes values that are not there');
    return this.#stack.splice(at).slice(1) as PickleValue[];
  }

  popMany(count: number): PickleValue[] {
    return Array.from({ length: count }, () => this.#pop()).reverse();
  }

  topList(): PickleValue[] {
    const list = this.top();
    if (!Array.isArray(list)) throw this.invalid('appends to something that is no list');
    return list;
  }

  setItems(pairs: readonly PickleValue[]): void {
    const dict = this.top();
    if (!(dict instanceof Map) || pairs.length % 2 === 1)
      throw this.invalid('sets an item of something that is no dict');
    for (let i = 0; i < pairs.length; i += 2) {
      dict.set(this.#keyOf(pairs[i]), pairs[i + 1]);
    }
  }

  #keyOf(value: PickleValue): string {
    if (value instanceof PickleBytes) return value.text;
    if (value === null || typeof value !== 'object') return String(value);
    // As text, nested lists could take more memory than there is.
    throw this.invalid('has a dict whose keys are no names');
  }

  remember(slot: number): void {
    this.#memo.set(slot, this.top());
  }

  memoize(): void {
    this.remember(this.#memo.size);
  }

  recall(slot: number): void {
    const value = this.#memo.get(slot);
    if (value === undefined) throw this.invalid('recalls a value that it did not store');
    this.push(value);
  }

  pushGlobal(module: string, name: string): void {
    const full = `${module} ${name}`;
    if (!isAllowedGlobal(full)) throw unsafe(this.#name, `it asks for ${module}.${name}`);
    this.push(new PickleGlobal(full));
  }

  reduce(): void {
    const [callable, args] = this.popMany(2);
    if (!(callable instanceof PickleGlobal) || !Array.isArray(args))
      throw unsafe(this.#name, 'it calls something unknown');
    if (args[0] instanceof PickleBytes) this.#countEncoded(args[0].data.length);
    const result = callGlobal(callable.name, args);
    if (result === undefined)
      throw this.invalid(`makes a ${callable.name.replace(' ', '.')} in a way that is not known`);
    this.push(result);
  }

  /** Each text is encoded once where NumPy wrote it; encoded again and again, a remembered one would fill the memory. */
  #countEncoded(bytes: number): void {
    this.#encodedBytes += bytes;
    if (this.#encodedBytes > this.#bytes.length) throw this.invalid('encodes more text than it has');
  }

  build(): void {
    const state = this.#pop();
    if (!buildObject(this.top(), state)) throw this.invalid('fills an array in a way that is not known');
  }
}

function unsafe(name: string, why: string): PictorError {
  return new PictorError(
    'pickle_unsafe',
    `The pickle ${name} is refused: ${why}, and only arrays and containers are read.`,
  );
}

const STOP = 0x2e;

type Step = (machine: PickleMachine) => void;

/** Every instruction that makes arrays and containers, by opcode. */
const STEPS: Readonly<Record<number, Step>> = {
  128: (m) => void m.unsigned(1), // PROTO
  149: (m) => void m.length8(), // FRAME
  [code('(')]: (m) => m.mark(),
  [code('0')]: (m) => void m.pop(),
  [code('1')]: (m) => void m.popToMark(),
  [code('2')]: (m) => m.push(m.top()),
  [code('N')]: (m) => m.push(null),
  136: (m) => m.push(true),
  137: (m) => m.push(false),
  [code('I')]: (m) => m.push(m.numberLine()),
  [code('L')]: (m) => m.push(m.numberLine()),
  [code('F')]: (m) => m.push(m.numberLine()),
  [code('J')]: (m) => m.push(m.int32()),
  [code('K')]: (m) => m.push(m.unsigned(1)),
  [code('M')]: (m) => m.push(m.unsigned(2)),
  138: (m) => m.push(m.long(m.unsigned(1))), // LONG1
  139: (m) => m.push(m.long(m.unsigned(4))), // LONG4
  [code('G')]: (m) => m.push(m.float64()),
  [code('S')]: (m) => m.push(pythonString(m.line(), m)),
  [code('V')]: (m) => m.push(rawUnicode(m.line())),
  [code('T')]: (m) => m.push(m.bytes(m.unsigned(4), false)),
  [code('U')]: (m) => m.push(m.bytes(m.unsigned(1), false)),
  [code('X')]: (m) => m.push(m.bytes(m.unsigned(4), true)),
  140: (m) => m.push(m.bytes(m.unsigned(1), true)), // SHORT_BINUNICODE
  141: (m) => m.push(m.bytes(m.length8(), true)), // BINUNICODE8
  [code('B')]: (m) => m.push(m.bytes(m.unsigned(4), false)),
  [code('C')]: (m) => m.push(m.bytes(m.unsigned(1), false)),
  142: (m) => m.push(m.bytes(m.length8(), false)), // BINBYTES8
  150: (m) => m.push(m.bytes(m.length8(), false)), // BYTEARRAY8
  [code(']')]: (m) => m.push([]),
  [code('l')]: (m) => m.push(m.popToMark()),
  [code('a')]: (m) => {
    const value = m.pop();
    m.topList().push(value);
  },
  [code('e')]: (m) => {
    const values = m.popToMark();
    const list = m.topList();
    for (const value of values) list.push(value);
  },
  [code(')')]: (m) => m.push([]),
  [code('t')]: (m) => m.push(m.popToMark()),
  133: (m) => m.push(m.popMany(1)), // TUPLE1
  134: (m) => m.push(m.popMany(2)),
  135: (m) => m.push(m.popMany(3)),
  [code('}')]: (m) => m.push(new Map()),
  [code('d')]: (m) => {
    const pairs = m.popToMark();
    m.push(new Map());
    m.setItems(pairs);
  },
  [code('s')]: (m) => m.setItems(m.popMany(2)),
  [code('u')]: (m) => m.setItems(m.popToMark()),
  [code('p')]: (m) => m.remember(Number(m.numberLine())),
  [code('q')]: (m) => m.remember(m.unsigned(1)),
  [code('r')]: (m) => m.remember(m.unsigned(4)),
  148: (m) => m.memoize(),
  [code('g')]: (m) => m.recall(Number(m.numberLine())),
  [code('h')]: (m) => m.recall(m.unsigned(1)),
  [code('j')]: (m) => m.recall(m.unsigned(4)),
  [code('c')]: (m) => {
    const module = m.line();
    m.pushGlobal(module, m.line());
  },
  147: (m) => {
    const [module, name] = m.popMany(2);
    if (!(module instanceof PickleBytes && name instanceof PickleBytes))
      throw m.invalid('names a global by something that is no text');
    m.pushGlobal(module.text, name.text);
  },
  [code('R')]: (m) => m.reduce(),
  [code('b')]: (m) => m.build(),
};

/** Instructions that make objects of any class, or ask a program outside for one. */
const UNSAFE_OPCODES: Readonly<Record<number, string>> = {
  [code('i')]: 'INST',
  [code('o')]: 'OBJ',
  [code('P')]: 'PERSID',
  [code('Q')]: 'BINPERSID',
  129: 'NEWOBJ',
  130: 'EXT1',
  131: 'EXT2',
  132: 'EXT4',
  146: 'NEWOBJ_EX',
  151: 'NEXT_BUFFER',
};

function code(character: string): number {
  return character.charCodeAt(0);
}

/** A Python string literal, as protocol 0 writes it. */
function pythonString(literal: string, machine: PickleMachine): PickleBytes {
  const inner = /^(['"])(.*)\1$/s.exec(literal.trim())?.[2];
  if (inner === undefined) throw machine.invalid('holds a string that cannot be read');
  const text = inner.replace(/\\(x[0-9a-fA-F]{2}|.)/gs, (_, escaped: string) => {
    if (escaped.length === 3) return String.fromCharCode(Number.parseInt(escaped.slice(1), 16));
    return { n: '\n', r: '\r', t: '\t' }[escaped] ?? escaped;
  });
  return new PickleBytes(Buffer.from(text, 'latin1'), false);
}

/** Python's raw-unicode-escape. */
function rawUnicode(line: string): PickleBytes {
  const text = line.replace(/\\u([0-9a-fA-F]{4})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return new PickleBytes(Buffer.from(text, 'utf8'), true);
}
