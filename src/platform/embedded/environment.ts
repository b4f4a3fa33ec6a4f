/** @file One open store per data directory and process, however many platforms are opened on it. */
import { mkdirSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { referredFiles } from './bucket.ts';
import { ChangeFeed } from './change-feed.ts';
import { ObjectFiles } from './object-files.ts';
import { Store } from './store.ts';
import { storeError } from './store-errors.ts';

export interface Environment {
  readonly store: Store;
  readonly feed: ChangeFeed;
  readonly files: ObjectFiles;
}

interface Shared {
  readonly opened: Promise<Environment>;
  users: number;
}

const environments = new Map<string, Shared>();
/** LMDB must not open a store that it is about to close in the same process. */
const closing = new Map<string, Promise<void>>();

/** The returned function gives it back; the last one closes the store. */
export async function acquireEnvironment(
  directory: string,
): Promise<{ environment: Environment; release: () => Promise<void> }> {
  const folder = existingFolder(directory);
  while (closing.has(folder)) await closing.get(folder);
  let shared = environments.get(folder);
  if (!shared) {
    shared = { opened: openEnvironment(folder), users: 0 };
    environments.set(folder, shared);
  }
  shared.users += 1;
  try {
    const environment = await shared.opened;
    return { environment, release: () => giveBack(folder, shared, environment) };
  } catch (error) {
    if (environments.get(folder) === shared) environments.delete(folder);
    throw error;
  }
}

async function openEnvironment(folder: string): Promise<Environment> {
  const files = new ObjectFiles(path.join(folder, 'objects'));
  const store = await Store.open(path.join(folder, 'store'));
  const feed = new ChangeFeed(store);
  try {
    await files.sweep(() => referredFiles(store));
  } catch (error) {
    feed.close();
    await store.close();
    throw error;
  }
  return { store, feed, files };
}

async function giveBack(folder: string, shared: Shared, { store, feed }: Environment): Promise<void> {
  shared.users -= 1;
  if (shared.users > 0) return;
  environments.delete(folder);
  feed.close();
  const closed = store.close();
  closing.set(folder, closed);
  try {
    await closed;
  } finally {
    closing.delete(folder);
  }
}

/** One spelling for every way to name the folder. */
function existingFolder(directory: string): string {
  try {
    mkdirSync(directory, { recursive: true });
    return realpathSync(directory);
  } catch (error) {
    throw storeError(error, directory);
  }
}
