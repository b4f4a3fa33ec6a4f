/** @file Reads BMP pictures, which sharp does not: uncompressed, 1, 4, 8, 24 and 32 bits per pixel. */
import type { RawPixels } from './resize.ts';

/** Width and height from the header, in pixels; null when it is no BMP that can be read here. */
export function bmpSize(bytes: Uint8Array): { width: number; height: number } | null {
  if (bytes.length < 54) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(14, true) < 40) return null;
  const width = view.getInt32(18, true);
  const height = Math.abs(view.getInt32(22, true));
  return width > 0 && height > 0 ? { width, height } : null;
}

/** Decodes to RGB; null when it is damaged or of a kind that is not read (run-length coded, 16 bits). */
export function decodeBmp(bytes: Uint8Array): RawPixels | null {
  const size = bmpSize(bytes);
  if (!size) return null;
  const { width, height } = size;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const bits = view.getUint16(28, true);
  const compression = view.getUint32(30, true);
  // 3 is BI_BITFIELDS, written for plain 32-bit BGRA by some tools.
  if (![1, 4, 8, 24, 32].includes(bits) || !(compression === 0 || (compression === 3 && bits === 32))) return null;
  const start = view.getUint32(10, true);
  const stride = Math.floor((width * bits + 31) / 32) * 4;
  if (start + stride * height > bytes.length) return null;
  const palette = 14 + view.getUint32(14, true);
  const bottomUp = view.getInt32(22, true) > 0;
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    const row = start + (bottomUp ? height - 1 - y : y) * stride;
    for (let x = 0; x < width; x++) {
      let at = row + (x * bits) / 8;
      if (bits <= 8) {
        const shift = 8 - bits - ((x * bits) % 8);
        const index = (bytes[Math.floor(at)] >> shift) & ((1 << bits) - 1);
        at = palette + index * 4;
        if (at + 3 > start) return null;
      }
      const out = (y * width + x) * 3;
      data[out] = bytes[at + 2];
      data[out + 1] = bytes[at + 1];
      data[out + 2] = bytes[at];
    }
  }
  return { data, width, height, channels: 3 };
}
