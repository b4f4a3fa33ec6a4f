/** @file The files of a model, wherever they lie: in a folder, or in an archive that was taken apart. */
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { readPart } from '../../read-part.ts';

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
  const place = (file: string): string | null => {
    const relative = path.normalize(file);
    return relative.startsWith('..') || path.isAbsolute(relative) ? null : path.join(folder, relative);
  };
  return {
    name: path.basename(path.resolve(folder)),
    async list() {
      const entries = await readdir(folder, { recursive: true, withFileTypes: true });
      return entries
        .filter((entry) => entry.isFile())
        .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'));
    },
    ...filesAt(place),
  };
}

/** @param places path of each file, by its name */
export function placedFiles(name: string, places: ReadonlyMap<string, string>): ModelFiles {
  return { name, list: async () => [...places.keys()], ...filesAt((file) => places.get(file) ?? null) };
}

function filesAt(place: (file: string) => string | null): Pick<ModelFiles, 'size' | 'read'> {
  return {
    async size(file) {
      const stats = await stat(place(file) ?? '').catch(() => null);
      return stats?.isFile() ? stats.size : null;
    },
    read: (file, offset, length) => readPart(place(file) ?? '', offset, length),
  };
}
