/** @file Worker threads and child processes run built files, so every test run starts with a fresh build. */
import { ensureBuilt } from '../../scripts/build.js';

export default async function setup(): Promise<void> {
  await ensureBuilt();
}
