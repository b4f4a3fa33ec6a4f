/** @file What every command has: its common options, its output, and the way it ends. */
import { lstatSync, statSync } from 'node:fs';
import path from 'node:path';
import { type Command, Option } from 'commander';
import { PictorError } from '../contracts/index.ts';
import { openEmbeddedPlatform, type Platform } from '../platform/index.ts';
import { ModelRegistry } from '../registry/index.ts';
import { Output } from './output.ts';

export interface CommonOptions {
  readonly json?: boolean;
  readonly dataDir: string;
}

export interface Context {
  readonly output: Output;
  /** Absolute. */
  readonly dataDirectory: string;
  readonly registry: ModelRegistry;
}

/** Adds the options that every command has. */
export function withCommonOptions(command: Command): Command {
  return command
    .option('--json', 'one JSON object a line on stdout, logs on stderr')
    .addOption(
      new Option('--data-dir <dir>', 'where models, runs and datasets are kept')
        .env('PICTOR_DATA_DIR')
        .default('.pictor'),
    );
}

/** Adds the option of the commands that fetch datasets. */
export function withUrlOptions(command: Command): Command {
  return command.option('--allow-private-urls', 'fetch from addresses in private networks, too');
}

export function openContext({ json = false, dataDir }: CommonOptions): Context {
  if (dataDir.trim() === '') throw new PictorError('invalid_setting', 'The data directory has an empty name.');
  const dataDirectory = path.resolve(dataDir);
  checkDataDirectory(dataDirectory);
  const registry = new ModelRegistry(path.join(dataDirectory, 'models'));
  return { output: new Output({ json }), dataDirectory, registry };
}

/** Before anything looks for models there and finds none. */
function checkDataDirectory(dataDirectory: string): void {
  const wrong = whatIsWrongWith(dataDirectory);
  if (wrong === null) return;
  const fix = 'Choose another --data-dir.';
  throw new PictorError('invalid_setting', `The data directory ${dataDirectory} ${wrong}.`, { fix });
}

function whatIsWrongWith(dataDirectory: string): string | null {
  try {
    const itself = lstatSync(dataDirectory, { throwIfNoEntry: false });
    if (!itself || itself.isDirectory()) return null;
    const found = statSync(dataDirectory, { throwIfNoEntry: false });
    if (!found) return 'is a link to nowhere';
    return found.isDirectory() ? null : 'is no folder';
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return 'lies below a file';
    throw error;
  }
}

export function datasetCache(dataDirectory: string): string {
  return path.join(dataDirectory, 'cache', 'datasets');
}

/** Opens the store for as long as `use` takes. */
export async function withPlatform<T>(dataDirectory: string, use: (platform: Platform) => Promise<T>): Promise<T> {
  const platform = await openEmbeddedPlatform(path.join(dataDirectory, 'platform'));
  try {
    return await use(platform);
  } finally {
    await platform.close();
  }
}

/**
 * Ctrl-C and the system's request to end, as a signal. The second one ends the process at once.
 * @param onFirst what to tell the person who waits
 */
export function interruption(onFirst: () => void = () => {}): {
  readonly signal: AbortSignal;
  readonly done: () => void;
} {
  const controller = new AbortController();
  const interrupt = () => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort(new PictorError('training_interrupted', 'Interrupted.', { fix: 'Run the command again.' }));
    onFirst();
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  return {
    signal: controller.signal,
    done: () => {
      process.off('SIGINT', interrupt);
      process.off('SIGTERM', interrupt);
    },
  };
}
