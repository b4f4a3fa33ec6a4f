/** @file TFRecord framing: length, payload, and a masked CRC-32C of each. */
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
