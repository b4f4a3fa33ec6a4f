/**
 * @file Opens an HDF5 file in a library that sees this one file and nothing else of the disk.
 *
 * A file of HDF5 may name others (external links, external storage, virtual datasets). The build of h5wasm for Node would
 * follow them; this one is the build for browsers, whose file system is empty but for the node that is put there.
 * The node reads from the open file, so nothing is loaded that nobody asked for.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { File, ready } from 'h5wasm';

const NAME = 'weights.h5';

/** The part of Emscripten's file nodes that is put in place of reading from memory. */
interface FileNode {
  usedBytes: number;
  stream_ops: Record<string, unknown>;
}
interface FileSystem {
  createFile(parent: string, name: string, properties: object, canRead: boolean, canWrite: boolean): FileNode;
}

export interface SandboxedFile {
  readonly file: File;
  close(): void;
}

/** @throws Error with the library's text when it is not HDF5, or shorter than it says itself */
export async function openInSandbox(path: string): Promise<SandboxedFile> {
  const library = await ready;
  // Else errors are printed, and results are missing without a word.
  library.activate_throwing_error_handler();
  const descriptor = openSync(path, 'r');
  try {
    const { size } = fstatSync(descriptor);
    const node = (library.FS as unknown as FileSystem).createFile('/', NAME, {}, true, false);
    node.usedBytes = size;
    node.stream_ops = { ...node.stream_ops, read: readFrom(descriptor, size) };
    const file = new File(`/${NAME}`, 'r');
    return {
      file,
      close() {
        file.close();
        closeSync(descriptor);
      },
    };
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

function readFrom(descriptor: number, size: number) {
  return (_stream: unknown, target: Int8Array, offset: number, length: number, position: number): number => {
    const wanted = Math.min(length, size - position);
    return wanted > 0 ? readSync(descriptor, target, offset, wanted, position) : 0;
  };
}
