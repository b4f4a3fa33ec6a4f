/** @file Files that are still whole after the power went. */
import { open } from 'node:fs/promises';

/** Writes a file, over another one if there is one; resolves once the disk has it. */
export async function writeDurably(file: string, bytes: Uint8Array): Promise<void> {
  const handle = await open(file, 'w');
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Resolves once the disk has the names in a folder. Windows cannot open one, and needs no such call. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder).catch(() => null);
  if (!handle) return;
  try {
    await handle.sync().catch(() => {});
  } finally {
    await handle.close();
  }
}
