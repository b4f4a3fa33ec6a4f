/** @file A server for models in folders, on free ports, with versions of a model in a folder. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TrainedModel } from '../../contracts/index.ts';
import { ModelRegistry } from '../../registry/index.ts';
import { createLogger } from '../logger.ts';
import { type ModelServerOptions, type RunningModelServer, startModelServer } from '../model-server.ts';

export interface ModelFolders {
  readonly directory: string;
  /** Of the model `digits`. */
  readonly basePath: string;
  readonly registry: ModelRegistry;
  /** Writes a file, and gives its path. */
  file(name: string, content: string): Promise<string>;
  start(options?: Partial<ModelServerOptions>): Promise<StartedServer>;
  remove(): Promise<void>;
}

export interface StartedServer extends RunningModelServer {
  readonly url: string;
  /** Messages of the log. */
  readonly log: readonly string[];
}

const STANDARD: ModelServerOptions = {
  grpcPort: null,
  grpcSocketPath: null,
  restPort: 0,
  configFile: null,
  model: null,
  configPollSeconds: 0,
  filePollSeconds: 0,
  restTimeoutMs: 30_000,
  cors: false,
  batching: false,
  batchingFile: null,
  monitoringFile: null,
  sslFile: null,
  allowLabelsForUnavailable: false,
  maxLoadRetries: 0,
  loadRetryMs: 60_000,
  warmUp: true,
  warmUpIterations: 1,
  tensorContent: false,
};

/** @param versions of `digits`, from the first */
export async function modelFolders(versions: readonly TrainedModel[]): Promise<ModelFolders> {
  const directory = await mkdtemp(path.join(tmpdir(), 'pictor-model-server-'));
  const registry = new ModelRegistry(path.join(directory, 'models'));
  for (const version of versions) await registry.publish(version, { name: 'digits' });
  const basePath = path.join(directory, 'models', 'digits');
  const file = async (name: string, content: string): Promise<string> => {
    await writeFile(path.join(directory, name), content);
    return path.join(directory, name);
  };
  return {
    ...{ directory, basePath, registry, file },
    async start(options = {}) {
      const log: string[] = [];
      const sink = { write: (line: string) => log.push(JSON.parse(line).msg) };
      const model = options.configFile ? null : { name: 'digits', basePath };
      const inject = { log: createLogger('info', sink) };
      const server = await startModelServer({ ...STANDARD, model, ...options }, inject);
      return { ...server, url: server.url ?? '', log };
    },
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}
