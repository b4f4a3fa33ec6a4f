/** @file What a prediction may be asked of, and the request body that each becomes. */

/** The bytes of a picture file: JPEG, PNG, GIF, WebP, TIFF, AVIF or BMP. */
export type PictureBytes = Blob | Uint8Array | ArrayBuffer;

/** A picture file, or the address of one, which the server fetches. */
export type Picture = PictureBytes | { readonly url: string };

/** Raw pixels 0..255 of one picture: height * width * channels numbers, row by row, nested in any way. */
export interface Pixels {
  readonly pixels: ArrayLike<number> | readonly unknown[];
}

export type PredictInput = Picture | readonly Picture[] | Pixels;

export interface PredictBody {
  readonly json?: unknown;
  readonly body?: Blob | FormData;
  readonly headers?: Readonly<Record<string, string>>;
}

export async function predictBody(input: PredictInput): Promise<PredictBody> {
  if (isPixels(input)) {
    const { pixels } = input;
    return { json: { pixels: Array.isArray(pixels) ? pixels : Array.from(pixels as ArrayLike<number>) } };
  }
  const pictures = isList(input) ? input : [input];
  const [only] = pictures;
  if (pictures.some(isUrl)) {
    const images = await Promise.all(pictures.map(async (p) => (isUrl(p) ? { url: p.url } : { b64: await base64(p) })));
    return { json: isList(input) ? { images } : { image: images[0] } };
  }
  if (!isList(input) && !isUrl(only)) {
    return { body: toBlob(only), headers: { 'content-type': 'application/octet-stream' } };
  }
  const form = new FormData();
  for (const [index, picture] of pictures.entries()) {
    form.append('file', toBlob(picture as PictureBytes), nameOf(picture) ?? `picture ${index + 1}`);
  }
  return { body: form };
}

function isPixels(input: PredictInput): input is Pixels {
  return 'pixels' in input;
}

function isList(input: PredictInput): input is readonly Picture[] {
  return Array.isArray(input);
}

function isUrl(picture: Picture): picture is { readonly url: string } {
  return !(picture instanceof Blob) && 'url' in picture;
}

export function toBlob(bytes: PictureBytes): Blob {
  // A copy of what is shared between threads: it cannot be sent.
  return bytes instanceof Blob ? bytes : new Blob([bytes instanceof Uint8Array ? Uint8Array.from(bytes) : bytes]);
}

/** Files have names, blobs have not. */
function nameOf(picture: Picture): string | undefined {
  const { name } = picture as { readonly name?: unknown };
  return typeof name === 'string' && name !== '' ? name : undefined;
}

const CHUNK = 0x8000;

/** By `btoa`, which browsers and Node have. */
export async function base64(bytes: PictureBytes): Promise<string> {
  const all = new Uint8Array(await toBlob(bytes).arrayBuffer());
  let text = '';
  // As arguments of a call, more would overflow the stack.
  for (let i = 0; i < all.length; i += CHUNK) text += String.fromCharCode(...all.subarray(i, i + CHUNK));
  return btoa(text);
}
