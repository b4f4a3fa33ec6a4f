/** @file The files of a model, wherever they lie: in a folder, or in an archive that was taken apart. */
import { open, readdir, stat } from 'node:fs/promises';
import path from 'node:path';

export interface ModelFiles {
  /** What people know it by, for messages. */
  readonly name: string;
  /** Relative names with `/`. */
  list(): Promise<readonly string[]>;
  /** Bytes of a file; null when there is none. */
  size(file: string): Promise<number | null>;
  /** @throws RangeError when the file ends before */
  read(file: string, offset: number, length: number): Promise<Uint8Array>;
}

export function folderFiles(folder: string): ModelFiles {
  return {
    name: path.basename(path.resolve(folder)),
    async list() {
      const entries = await readdir(folder, { recursive: true, withFileTypes: true });
      return entries
        .filter((entry) => entry.isFile())
        .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'));
    },
    async size(file) {
      const stats = await stat(path.join(folder, file)).catch(() => null);
      return stats?.isFile() ? stats.size : null;
    },
    async read(file, offset, length) {
      const handle = await open(path.join(folder, file));
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
    },
  };
}

export function memoryFiles(name: string, files: ReadonlyMap<string, Uint8Array>): ModelFiles {
  return {
    name,
    list: async () => [...files.keys()],
    size: async (file) => files.get(file)?.length ?? null,
    async read(file, offset, length) {
      const bytes = files.get(file)?.subarray(offset, offset + length);
      if (bytes?.length !== length) throw new RangeError(`${file} ends before byte ${offset + length}`);
      return bytes;
    },
  };
}
