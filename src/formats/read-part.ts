/** @file Some bytes of a file. */
import { open } from 'node:fs/promises';

/** @throws RangeError when the file ends before */
export async function readPart(file: string, offset: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
  const handle = await open(file);
  try {
    const bytes = new Uint8Array(length);
    let done = 0;
    while (done < length) {
      const { bytesRead } = await handle.read(bytes, done, length - done, offset + done);
      if (bytesRead === 0) throw new RangeError(`${file} ends at byte ${offset + done}`);
      done += bytesRead;
    }
    return bytes;
  } finally {
    await handle.close();
  }
}
