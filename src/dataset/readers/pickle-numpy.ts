/** @file What NumPy's arrays look like inside a pickle: the few names a pickle may use, and what they stand for. */
import { PickleArray, PickleBytes, PickleDtype, PickleGlobal, type PickleValue } from './pickle-values.ts';

/** Undefined when the arguments are not those that NumPy writes. */
type Rule = (args: readonly PickleValue[]) => PickleValue | undefined;

const makeArray: Rule = ([type]) => {
  return type instanceof PickleGlobal && type.name === 'numpy ndarray' ? new PickleArray() : undefined;
};

const fromBuffer: Rule = ([data, dtype, shape, order]) => {
  const isFortran = order instanceof PickleBytes && order.text === 'F';
  const array = new PickleArray();
  return fillArray(array, shape, dtype, isFortran, data) ? array : undefined;
};

const RULES: Readonly<Record<string, Rule>> = {
  'numpy.core.multiarray _reconstruct': makeArray,
  'numpy._core.multiarray _reconstruct': makeArray,
  'numpy.core.numeric _frombuffer': fromBuffer,
  'numpy._core.numeric _frombuffer': fromBuffer,
  // Named as an argument of `_reconstruct` only.
  'numpy ndarray': () => undefined,
  'numpy dtype': ([element]) => (element instanceof PickleBytes ? new PickleDtype(element.text) : undefined),
  // How Python 3 writes bytes for Python 2: as text in Latin 1.
  '_codecs encode': ([text, encoding]) => {
    if (!(text instanceof PickleBytes && encoding instanceof PickleBytes) || encoding.text !== 'latin1')
      return undefined;
    return new PickleBytes(latin1Bytes(text), false);
  },
};

export function isAllowedGlobal(name: string): boolean {
  return Object.hasOwn(RULES, name);
}

export function callGlobal(name: string, args: readonly PickleValue[]): PickleValue | undefined {
  return RULES[name]?.(args);
}

/** Gives an array or an element type its state; false when the state is not what NumPy writes. */
export function buildObject(object: PickleValue, state: PickleValue): boolean {
  if (!Array.isArray(state)) return false;
  if (object instanceof PickleDtype) {
    const order = state[1];
    if (!(order instanceof PickleBytes)) return false;
    object.order = order.text;
    return true;
  }
  if (!(object instanceof PickleArray)) return false;
  const [, shape, dtype, isFortran, data] = state;
  return fillArray(object, shape, dtype, isFortran === true || isFortran === 1, data);
}

function fillArray(
  array: PickleArray,
  shape: PickleValue | undefined,
  dtype: PickleValue | undefined,
  fortranOrder: boolean,
  data: PickleValue | undefined,
): boolean {
  if (!Array.isArray(shape) || !(dtype instanceof PickleDtype) || !(data instanceof PickleBytes)) return false;
  if (!shape.every((size): size is number => Number.isSafeInteger(size) && Number(size) >= 0)) return false;
  const elementBytes = Number(/\d+$/.exec(dtype.element)?.[0]);
  if (shape.reduce((product, size) => product * size, elementBytes) !== data.data.length) return false;
  array.header = { type: `${dtype.order}${dtype.element}`, shape, fortranOrder };
  array.data = data.data;
  return true;
}

/** UTF-8 of characters below 256, one byte each. Text that holds others becomes too short, and the array refuses it. */
function latin1Bytes(text: PickleBytes): Uint8Array {
  const { data } = text;
  const bytes = new Uint8Array(data.length);
  let length = 0;
  for (let i = 0; i < data.length; i++) {
    const byte = data[i];
    if (byte < 0x80) bytes[length++] = byte;
    else if (byte === 0xc2 || byte === 0xc3) bytes[length++] = ((byte & 3) << 6) | (data[++i] & 0x3f);
    else return bytes.subarray(0, 0);
  }
  return bytes.subarray(0, length);
}
