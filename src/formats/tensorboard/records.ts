/** @file TFRecord framing: length, payload, and a masked CRC-32C of each. Source: `record_reader.cc`. */
import { crc32c, maskCrc } from '../crc32c.ts';

/** `uint64 length, uint32 crc(length), payload, uint32 crc(payload)`, little-endian. */
export function encodeRecord(payload: Uint8Array): Uint8Array {
  const record = Buffer.alloc(16 + payload.length);
  record.writeBigUInt64LE(BigInt(payload.length), 0);
  record.writeUInt32LE(maskCrc(crc32c(record.subarray(0, 8))), 8);
  record.set(payload, 12);
  record.writeUInt32LE(maskCrc(crc32c(payload)), 12 + payload.length);
  return record;
}

/** What is wrong with a file of records, in TensorFlow's words. */
export class RecordError extends Error {}

/**
 * The payloads one after the other, as views of the bytes.
 * @throws RecordError when a record ends early or its sum is wrong
 */
export function* decodeRecords(bytes: Uint8Array): Generator<Uint8Array> {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < view.length; ) {
    if (view.length - at < 12) throw new RecordError(`truncated record at ${at}`);
    if (view.readUInt32LE(at + 8) !== maskCrc(crc32c(view.subarray(at, at + 8)))) {
      throw new RecordError(`corrupted record at ${at}`);
    }
    const length = view.readBigUInt64LE(at);
    if (length > BigInt(view.length - at - 16)) throw new RecordError(`truncated record at ${at}`);
    const end = at + 12 + Number(length);
    const payload = view.subarray(at + 12, end);
    if (view.readUInt32LE(end) !== maskCrc(crc32c(payload))) throw new RecordError(`corrupted record at ${at}`);
    yield payload;
    at = end + 4;
  }
}
