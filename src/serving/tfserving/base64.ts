/** @file Base64 as the reference takes it. */

/** The standard alphabet, white space ignored, padding optional. Null when it is not that. */
export function decodeBase64(text: string): Uint8Array | null {
  const dense = /\s/.test(text) ? text.replace(/\s+/g, '') : text;
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(dense)) return null;
  const digits = dense.replace(/=+$/, '').length;
  if (digits % 4 === 1 || (digits < dense.length && dense.length % 4 !== 0)) return null;
  return Buffer.from(dense, 'base64');
}
