/** @file Recognises picture files by their first bytes. */

export type PictureFormat = 'jpeg' | 'png' | 'gif' | 'webp' | 'tiff' | 'avif' | 'bmp';

/** The picture format that the first 32 bytes (or more) show, or null. */
export function pictureFormat(bytes: Uint8Array): PictureFormat | null {
  if (startsWith(bytes, [0xff, 0xd8, 0xff])) return 'jpeg';
  if (startsWith(bytes, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])) return 'png';
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 32)).toString('latin1');
  if (text.startsWith('GIF87a') || text.startsWith('GIF89a')) return 'gif';
  if (text.startsWith('RIFF') && text.slice(8, 12) === 'WEBP') return 'webp';
  if (['II*\0', 'MM\0*', 'II+\0', 'MM\0+'].includes(text.slice(0, 4))) return 'tiff';
  if (text.slice(4, 8) === 'ftyp' && /avi[fs]/.test(text.slice(8))) return 'avif';
  // The two reserved fields are 0 in every writer, which keeps text that starts with "BM" out.
  if (text.startsWith('BM') && text.slice(6, 10) === '\0\0\0\0') return 'bmp';
  return null;
}

/** What the bytes seem to be, for a message about a file that is no readable picture. */
export function describeContent(bytes: Uint8Array): string {
  if (bytes.length === 0) return 'an empty file';
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 512)).toString('latin1');
  if (/^\s*(<!doctype html|<html)/i.test(text)) return 'a web page';
  if (/^\s*(<\?xml|<svg)/i.test(text) && text.includes('<svg')) return 'an SVG drawing';
  if (text.startsWith('%PDF')) return 'a PDF document';
  if (text.slice(4, 8) === 'ftyp' && /hei[cfsx]|mif1|hevc/.test(text.slice(8, 12))) return 'a HEIC picture';
  if (text.startsWith('8BPS')) return 'a Photoshop document';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what tells text from data
  if (/^[^\x00-\x08\x0e-\x1f]*$/.test(text)) return 'a text file';
  return 'data of an unknown kind';
}

export function startsWith(bytes: Uint8Array, magic: readonly number[]): boolean {
  return bytes.length >= magic.length && magic.every((byte, i) => bytes[i] === byte);
}

/** Suffixes that promise a picture: a file with one is either read or reported, never ignored. */
export const PICTURE_SUFFIX = /\.(jpe?g|jpe|jfif|png|gif|webp|tiff?|avif|bmp|heic|heif)$/i;
