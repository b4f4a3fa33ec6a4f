/** @file What folders and archives have in common: files with relative names, read one after the other. */
import { PictorError } from '../../contracts/index.ts';

export interface ContainerEntry {
  readonly kind: 'file' | 'folder';
  /** Relative, with `/`, without `.` and `..`. */
  readonly path: string;
  /** Length of a file as declared; 0 for folders. */
  readonly bytes: number;
  /** The bytes of a file. In archives they can be read only until the next entry is asked for. */
  open(): AsyncIterable<Uint8Array>;
}

export interface Container {
  readonly format: 'folder' | 'tar' | 'zip';
  /** What people know it by, for messages. */
  readonly name: string;
  /**
   * All entries, in stored order. Can be called again and then gives the same entries.
   * @throws archive_corrupt, archive_encrypted, archive_unsafe, archive_bomb, dataset_too_large
   */
  entries(signal?: AbortSignal): AsyncGenerator<ContainerEntry, void, undefined>;
}

/** What file systems allow; longer names would fill reports and records. */
const MAX_PATH_LENGTH = 4096;

/**
 * Checks a name inside an archive. Nothing is ever written under such a name; one that tries to leave the archive
 * is still refused, because an archive made to attack is not one to learn from.
 * @returns the name without `.` and empty parts; an empty string for the archive's own root.
 * @throws archive_unsafe
 */
export function safeEntryPath(name: string, archive: string): string {
  const refuse = (what: string) =>
    new PictorError(
      'archive_unsafe',
      `The archive ${archive} holds an entry ${what}: ${JSON.stringify(name.slice(0, 200))}.`,
      {
        details: { entry: name.slice(0, 200) },
      },
    );
  if (name.length > MAX_PATH_LENGTH) throw refuse(`with a name of ${name.length} characters`);
  if (name.includes('\0')) throw refuse('with a zero byte in its name');
  if (name.includes('\\')) throw refuse('with a backslash in its name');
  if (name.startsWith('/') || /^[a-z]:/i.test(name)) throw refuse('with an absolute path');
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) throw refuse('that points out of the archive');
  return parts.join('/');
}
