/**
 * @file Decodes small plain PNGs at once, on the calling thread: ten times faster than starting sharp for each of the tens of
 * thousands of little pictures that datasets such as MNIST or CIFAR are published as. Everything unusual is left to sharp.
 */
import { crc32, inflateSync } from 'node:zlib';
import type { RawPixels } from './resize.ts';

/** Larger pictures take long enough to be worth a thread of their own. */
const MAX_SIDE = 128;
const SIGNATURE_BYTES = 8;

/** Channels by PNG colour type; palettes (3) are left to sharp. */
const CHANNELS: Readonly<Record<number, 1 | 2 | 3 | 4>> = { 0: 1, 2: 3, 4: 2, 6: 4 };

/** Chunks that change no pixel as they are read here. Others (transparency, animation) are left to sharp. */
const HARMLESS = /^(IHDR|IDAT|IEND|tEXt|zTXt|iTXt|tIME|pHYs|gAMA|cHRM|sRGB|iCCP|bKGD|sBIT|hIST)$/;

/** Null when it is not small, not plain (8 bits, no palette, not interlaced), or damaged. */
export function decodeSmallPng(bytes: Uint8Array): RawPixels | null {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (file.length < SIGNATURE_BYTES + 25 || file.toString('latin1', 12, 16) !== 'IHDR') return null;
  const [width, height] = [file.readUInt32BE(16), file.readUInt32BE(20)];
  const channels = CHANNELS[file[25]];
  const isPlain = file[24] === 8 && file[26] === 0 && file[27] === 0 && file[28] === 0;
  if (!channels || !isPlain || width < 1 || height < 1 || width > MAX_SIDE || height > MAX_SIDE) return null;
  const packed = packedData(file);
  if (packed === null) return null;
  const stride = width * channels;
  const length = height * (stride + 1);
  let rows: Buffer;
  try {
    rows = inflateSync(packed, { maxOutputLength: length });
  } catch {
    return null;
  }
  if (rows.length !== length) return null;
  const data = unfilter(rows, height, stride, channels);
  return data && { data, width, height, channels };
}

/** The joined IDAT chunks, when every chunk is whole, right by its checksum, and harmless. */
function packedData(file: Buffer): Buffer | null {
  const parts: Buffer[] = [];
  for (let at = SIGNATURE_BYTES; at + 12 <= file.length; ) {
    const length = file.readUInt32BE(at);
    const end = at + 12 + length;
    if (end > file.length) return null;
    const type = file.toString('latin1', at + 4, at + 8);
    if (!HARMLESS.test(type) || crc32(file.subarray(at + 4, end - 4)) !== file.readUInt32BE(end - 4)) return null;
    if (type === 'IDAT') parts.push(file.subarray(at + 8, end - 4));
    if (type === 'IEND') return parts.length === 1 ? parts[0] : Buffer.concat(parts);
    at = end;
  }
  return null;
}

/** PNG specification, section 9: each row is stored as differences to its neighbours. */
function unfilter(rows: Uint8Array, height: number, stride: number, channels: number): Uint8Array | null {
  const out = new Uint8Array(height * stride);
  for (let y = 0; y < height; y++) {
    const filter = rows[y * (stride + 1)];
    const from = y * (stride + 1) + 1;
    const to = y * stride;
    if (filter > 4) return null;
    for (let x = 0; x < stride; x++) {
      const left = x >= channels ? out[to + x - channels] : 0;
      const up = y > 0 ? out[to + x - stride] : 0;
      const upLeft = x >= channels && y > 0 ? out[to + x - stride - channels] : 0;
      out[to + x] = rows[from + x] + predict(filter, left, up, upLeft);
    }
  }
  return out;
}

function predict(filter: number, left: number, up: number, upLeft: number): number {
  if (filter === 0) return 0;
  if (filter === 1) return left;
  if (filter === 2) return up;
  if (filter === 3) return (left + up) >> 1;
  const estimate = left + up - upLeft;
  const [toLeft, toUp, toUpLeft] = [Math.abs(estimate - left), Math.abs(estimate - up), Math.abs(estimate - upLeft)];
  if (toLeft <= toUp && toLeft <= toUpLeft) return left;
  return toUp <= toUpLeft ? up : upLeft;
}
