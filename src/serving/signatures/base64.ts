/** @file Base64 in the alphabet of URLs, as `tf.io.decode_base64` takes it. Source: tensorflow/core/lib/strings/base64.cc. */
import { PictorError } from '../../contracts/index.ts';

/** @param text `A-Z a-z 0-9 - _`, padding optional. @throws `image_invalid` */
export function decodeWebSafeBase64(text: Uint8Array): Uint8Array {
  const digits = Buffer.from(text.buffer, text.byteOffset, text.byteLength)
    .toString('latin1')
    .replace(/={1,2}$/, '');
  if (/^[\w-]*$/.test(digits) && digits.length % 4 !== 1) return Buffer.from(digits, 'base64url');
  throw new PictorError('image_invalid', 'The model takes pictures in web-safe base64, and was sent something else.');
}
