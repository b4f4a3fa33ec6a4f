/** @file Tensors as raw bytes: little-endian, row by row; of a text its length as uint32, then its bytes. */
import type { TensorValue } from '../../contracts/index.ts';
import { bytesOfStorage, bytesPerElement, storageOfBytes, tensorValue } from '../tensors/storage.ts';
import { invalid } from './status.ts';
import type { Declared } from './tensors.ts';

/** @throws OpenInferenceError when there are more or fewer bytes than the shape has numbers */
export function tensorOfRaw({ name, dtype, shape, count }: Declared, bytes: Uint8Array): TensorValue {
  if (dtype === 'DT_STRING') return tensorValue(dtype, shape, textsOf(name, count, bytes));
  const expected = count * bytesPerElement(dtype);
  if (bytes.length !== expected) {
    throw invalid(`input '${name}' has ${bytes.length} bytes of raw data, but its shape and datatype make ${expected}`);
  }
  return tensorValue(dtype, shape, storageOfBytes(dtype, bytes));
}

/** Numbers are not copied. */
export function rawOfTensor(value: TensorValue): Uint8Array {
  if (value.dtype !== 'DT_STRING') return bytesOfStorage(value.data);
  const size = value.data.reduce((sum, text) => sum + 4 + text.length, 0);
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const text of value.data) {
    view.setUint32(at, text.length, true);
    bytes.set(text, at + 4);
    at += 4 + text.length;
  }
  return bytes;
}

function textsOf(name: string, count: number, bytes: Uint8Array): readonly Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const texts: Uint8Array[] = [];
  let at = 0;
  while (at < bytes.length && texts.length <= count) {
    const length = at + 4 <= bytes.length ? view.getUint32(at, true) : -1;
    if (length < 0 || at + 4 + length > bytes.length) {
      throw invalid(`input '${name}': element ${texts.length} of its raw data is longer than what is left of it`);
    }
    texts.push(bytes.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  if (texts.length !== count) {
    throw invalid(
      `input '${name}' has ${texts.length > count ? `more than ${count}` : texts.length} elements of raw data, but its shape makes ${count}`,
    );
  }
  return texts;
}
