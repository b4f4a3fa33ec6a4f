/**
 * @file safetensors: named tensors in one file that cannot run code.
 * Layout: 8 bytes header length (little-endian) · JSON header, padded with spaces to 8 bytes · the numbers, packed.
 * Source: https://github.com/huggingface/safetensors#format.
 */
import { PictorError, type WeightTensor } from '../contracts/index.ts';

/** The reference reader refuses longer headers too. */
const MAX_HEADER_BYTES = 100_000_000;
const LENGTH_BYTES = 8;
const FLOAT_BYTES = 4;

/** What the header says of one tensor. Offsets count from the end of the header. */
interface TensorHeader {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

/**
 * Packs float32 tensors, in order of their names, so that equal tensors give equal bytes.
 * @param metadata kept under `__metadata__`, text to text
 */
export function encodeSafetensors(
  tensors: ReadonlyMap<string, WeightTensor>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const names = [...tensors.keys()].sort();
  const entries: [string, TensorHeader | Readonly<Record<string, string>>][] = [];
  if (Object.keys(metadata).length > 0) entries.push(['__metadata__', metadata]);
  let end = 0;
  for (const name of names) {
    const { shape, data } = tensors.get(name)!;
    const begin = end;
    end += data.length * FLOAT_BYTES;
    entries.push([name, { dtype: 'F32', shape, data_offsets: [begin, end] }]);
  }
  const json = Buffer.from(`{${entries.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`)}}`);
  const headerBytes = Math.ceil(json.length / 8) * 8;
  const file = Buffer.alloc(LENGTH_BYTES + headerBytes + end, ' ');
  file.writeBigUInt64LE(BigInt(headerBytes));
  json.copy(file, LENGTH_BYTES);
  let offset = LENGTH_BYTES + headerBytes;
  for (const name of names) {
    const { data } = tensors.get(name)!;
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), offset);
    offset += data.byteLength;
  }
  return file;
}

/**
 * Reads float32 tensors. Every size and offset is checked against the file before anything is taken.
 * @throws `model_file_invalid`
 */
export function decodeSafetensors(file: Uint8Array): Map<string, WeightTensor> {
  const { header, data } = splitFile(file);
  const tensors = new Map<string, WeightTensor>();
  const ranges: (readonly [number, number])[] = [];
  for (const [name, value] of Object.entries(header)) {
    if (name === '__metadata__') continue;
    const { shape, data_offsets } = checkTensor(name, value, data.length);
    const [begin, end] = data_offsets;
    ranges.push(data_offsets);
    // A copy: the file's numbers need not be aligned to 4 bytes.
    const copy = new Uint8Array(data.subarray(begin, end));
    tensors.set(name, { shape: [...shape], data: new Float32Array(copy.buffer) });
  }
  checkPacked(ranges, data.length);
  return tensors;
}

function splitFile(file: Uint8Array): { header: Record<string, unknown>; data: Uint8Array } {
  if (file.length < LENGTH_BYTES) refuse(`it has ${file.length} bytes; a header length of 8 bytes comes first`);
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const length = view.getBigUint64(0, true);
  if (length > MAX_HEADER_BYTES) refuse(`its header claims ${length} bytes; at most ${MAX_HEADER_BYTES} are read`);
  const headerEnd = LENGTH_BYTES + Number(length);
  if (headerEnd > file.length) refuse(`its header claims ${length} bytes, but the file has only ${file.length}`);
  const text = new TextDecoder().decode(file.subarray(LENGTH_BYTES, headerEnd));
  let header: unknown;
  try {
    header = JSON.parse(text);
  } catch (cause) {
    refuse('its header is not JSON', cause);
  }
  if (!isPlainObject(header)) refuse('its header is not a JSON object');
  return { header, data: file.subarray(headerEnd) };
}

function checkTensor(name: string, value: unknown, dataBytes: number): TensorHeader {
  const where = `tensor "${name.slice(0, 100)}"`;
  if (!isPlainObject(value)) refuse(`${where} is not described by an object`);
  const { dtype, shape, data_offsets: offsets } = value;
  if (dtype !== 'F32') refuse(`${where} has type ${JSON.stringify(dtype)}; only F32 is read`);
  if (!isSizes(shape)) refuse(`the shape of ${where} is not a list of whole numbers`);
  if (!isSizes(offsets) || offsets.length !== 2) refuse(`the offsets of ${where} are not two whole numbers`);
  const [begin, end] = offsets;
  if (begin > end || end > dataBytes) {
    refuse(`${where} claims bytes ${begin} to ${end}, but there are ${dataBytes}`);
  }
  const count = shape.reduce((product, size) => product * size, 1);
  if (count * FLOAT_BYTES !== end - begin) {
    refuse(`${where} of shape [${shape}] needs ${count * FLOAT_BYTES} bytes, but has ${end - begin}`);
  }
  return { dtype, shape, data_offsets: [begin, end] };
}

/** No byte may belong to two tensors or to none: such files hide data. */
function checkPacked(ranges: (readonly [number, number])[], dataBytes: number): void {
  let next = 0;
  for (const [begin, end] of ranges.sort((a, b) => a[0] - b[0] || a[1] - b[1])) {
    if (begin !== next) refuse(`its tensors overlap or leave a gap at byte ${Math.min(begin, next)}`);
    next = end;
  }
  if (next !== dataBytes) refuse(`its tensors end at byte ${next}, but there are ${dataBytes}`);
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

function refuse(reason: string, cause?: unknown): never {
  throw new PictorError('model_file_invalid', `The safetensors file cannot be read: ${reason}.`, { cause });
}
