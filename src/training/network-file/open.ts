/** @file A user's own network from a file: `--model ./my-net.ts`. */
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import {
  type DatasetManifest,
  type NetworkFileInfo,
  PictorError,
  type TrainingRequest,
} from '../../contracts/index.ts';
import { checkRequest } from '../plan.ts';
import { NetworkThread } from './network-thread.ts';
import type { BuiltNetwork, LoadedDefaults } from './network-worker.ts';
import { errorAt, shownPath } from './place.ts';

const ENDINGS = ['.ts', '.mts', '.js', '.mjs'];
/** No source file that a person writes is longer. */
const MAX_BYTES = 4 * 2 ** 20;

/** A file that has been evaluated and can be asked for its network. It must be closed. */
export interface NetworkFile {
  readonly info: NetworkFileInfo;
  /** The request with what the file wants wherever the request leaves something open. */
  withDefaults(request: TrainingRequest): TrainingRequest;
  /**
   * The request with the network for the pictures and classes of a dataset. It is complete: the file is not needed again.
   * @param signal ends the wait for code that takes long, or never ends
   * @throws `network_invalid`, `network_file_failed`, `network_export_invalid`, `signature_invalid`, each pointing into the
   *   user's file where it can
   */
  withNetwork(request: TrainingRequest, manifest: DatasetManifest, signal?: AbortSignal): Promise<TrainingRequest>;
  close(): Promise<void>;
}

/**
 * Evaluates a file, in a thread of its own, once.
 * @param file path to TypeScript or JavaScript; what it may export is in docs/own-network.md
 * @param signal ends the wait
 * @throws `network_file_not_found`, `network_file_invalid` (not such a file, a syntax error), `network_file_failed` (it
 *   throws), `network_export_invalid`, `training_option_invalid` (its defaults)
 */
export async function openNetworkFile(file: string, signal?: AbortSignal): Promise<NetworkFile> {
  const absolute = path.resolve(file);
  const bytes = await readSource(absolute);
  const info = { file: path.basename(absolute), sha256: createHash('sha256').update(bytes).digest('hex') };
  const thread = new NetworkThread(absolute);
  try {
    const { image, training } = await thread.ask<LoadedDefaults>({ kind: 'load' }, signal);
    const { height, width, channels } = image;
    const size = height === undefined || width === undefined ? {} : { imageSize: [height, width] as const };
    const wanted = { ...training, ...size, ...(channels === undefined ? {} : { channels }) };
    checkDefaults(absolute, wanted);
    return {
      info,
      withDefaults: ({ model: _file, ...request }) => ({ ...wanted, ...request }),
      withNetwork: async (request, manifest, ends) => {
        const { classes } = manifest;
        const shape = { ...manifest.image, classes: classes.length };
        const built = await thread.ask<BuiltNetwork>({ kind: 'build', shape, classes }, ends);
        const { network, signatures, labels } = built;
        return {
          ...request,
          network,
          networkFile: info,
          ...(signatures ? { signatures } : {}),
          ...(labels ? { labels } : {}),
        };
      },
      close: () => thread.end(),
    };
  } catch (error) {
    await thread.end();
    throw error;
  }
}

async function readSource(file: string): Promise<Uint8Array> {
  const shown = shownPath(file);
  const found = await stat(file).catch(() => null);
  if (!found)
    throw new PictorError('network_file_not_found', `There is no file ${shown}.`, { details: { file: shown } });
  const fail = (what: string) =>
    new PictorError('network_file_invalid', `${shown} ${what}; TypeScript or JavaScript was expected.`, {
      fix: `Give a file that ends in ${ENDINGS.join(', ')}, or the name of a preset.`,
      details: { file: shown },
    });
  if (!found.isFile()) throw fail('is no file');
  if (!ENDINGS.includes(path.extname(file).toLowerCase())) throw fail(`ends in "${path.extname(file)}"`);
  if (found.size > MAX_BYTES) throw fail(`has ${found.size} bytes, too many for a source file`);
  const bytes = await readFile(file);
  if (bytes.includes(0)) throw fail('is no text');
  return bytes;
}

/** @throws `training_option_invalid` with the file's name before the option's */
function checkDefaults(file: string, wanted: Partial<TrainingRequest>): void {
  try {
    checkRequest({ dataset: { kind: 'sample', name: 'digits' }, name: 'defaults', ...wanted });
  } catch (error) {
    if (!(error instanceof PictorError)) throw error;
    throw errorAt({ file }, error.code, error.message, {
      fix: error.fix,
      ...(error.details ? { details: error.details } : {}),
    });
  }
}
