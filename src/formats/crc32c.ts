/** @file Castagnoli's CRC-32, which TensorFlow's files protect their parts with. */

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  return crc >>> 0;
});

/** @param before CRC of the bytes before these, when they come in parts */
export function crc32c(bytes: Uint8Array, before = 0): number {
  let crc = ~before >>> 0;
  for (let i = 0; i < bytes.length; i++) crc = (crc >>> 8) ^ TABLE[(crc ^ bytes[i]) & 255];
  return ~crc >>> 0;
}

/** A CRC of bytes that hold CRCs is weak, so those in files are rotated and moved. */
export function maskCrc(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
