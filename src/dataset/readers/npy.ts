/** @file The header of a `.npy` array, read by its grammar; nothing is evaluated. */
import { PictorError } from '../../contracts/index.ts';
import type { ByteReader } from './byte-reader.ts';
import type { ArrayHeader } from './ndarray.ts';

const MAX_HEADER_BYTES = 2 ** 16;

/** Reads up to the first element. @throws npz_invalid, npz_pickled */
export async function readNpyHeader(reader: ByteReader, array: string): Promise<ArrayHeader> {
  const invalid = (what: string) => new PictorError('npz_invalid', `The array ${array} ${what}.`);
  const start = Buffer.from(await reader.read(8));
  if (start.toString('latin1', 0, 6) !== '\x93NUMPY') throw invalid('does not start as a NumPy array');
  const isOld = start[6] === 1;
  const lengthBytes = Buffer.from(await reader.read(isOld ? 2 : 4));
  const length = isOld ? lengthBytes.readUInt16LE() : lengthBytes.readUInt32LE();
  if (length > MAX_HEADER_BYTES) throw invalid(`has a header of ${length} bytes`);
  const text = Buffer.from(await reader.read(length)).toString('latin1');
  const header = parseHeader(text);
  if (!header) throw invalid('has a header that cannot be read');
  if (/^[<>=|]?O/.test(header.type)) {
    throw new PictorError('npz_pickled', `The array ${array} holds pickled Python objects.`, { details: { array } });
  }
  if (header.shape.some((size) => !Number.isSafeInteger(size))) throw invalid('declares an impossible shape');
  return header;
}

/** `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 28, 28), }`, keys in any order. */
function parseHeader(text: string): ArrayHeader | null {
  const body = /^\s*\{(.*)\}\s*$/s.exec(text)?.[1];
  if (body === undefined) return null;
  const fields = new Map<string, string>();
  const field = /\s*'(\w+)'\s*:\s*('[^']*'|True|False|\([\d\s,]*\)|\[.*\])\s*(,|$)/sy;
  while (field.lastIndex < body.trimEnd().length) {
    const match = field.exec(body);
    if (!match) return null;
    fields.set(match[1], match[2]);
  }
  const [type, order, shape] = [fields.get('descr'), fields.get('fortran_order'), fields.get('shape')];
  if (fields.size !== 3 || !type || !shape?.startsWith('(') || (order !== 'True' && order !== 'False')) return null;
  const sizes = shape
    .slice(1, -1)
    .split(',')
    .map((size) => size.trim())
    .filter((size) => size !== '');
  if (!sizes.every((size) => /^\d+$/.test(size))) return null;
  // A list of fields (a structured array) stays as it is and fails as an element type.
  return { type: type.replaceAll("'", ''), shape: sizes.map(Number), fortranOrder: order === 'True' };
}
