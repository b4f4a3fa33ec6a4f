/** @file One version, loaded: its manifest, its queue, and who is using it. */
import { type ModelManifest, PictorError } from '../contracts/index.ts';
import type { ModelRegistry } from '../registry/index.ts';
import type { InferencePool, LoadedModel } from '../runtime/index.ts';
import type { BatchQueue, BatchScheduler } from './batching.ts';
import { type PackedLayer, packedLayers, packRows } from './packed-rows.ts';
import { type PictureManifest, type Signatures, signaturesOf } from './signatures.ts';

/** Input of one batch; a batch of large pictures has fewer of them. */
const MAX_BATCH_BYTES = 64 * 1024 * 1024;

export class LoadedVersion {
  readonly manifest: PictureManifest;
  readonly signatures: Signatures;
  readonly queue: BatchQueue;
  readonly layers: readonly PackedLayer[];
  /** For evicting what was not used for longest: counts upwards. */
  lastUsed = 0;
  /** Pictures that were let in and are not answered yet. */
  pending = 0;
  readonly #model: LoadedModel;
  #users = 0;
  #closing: (() => void) | undefined;

  constructor(manifest: PictureManifest, model: LoadedModel, queue: BatchQueue) {
    this.manifest = manifest;
    this.signatures = signaturesOf(manifest);
    this.queue = queue;
    this.layers = packedLayers(manifest);
    this.#model = model;
  }

  /** Numbers in one picture. */
  get rowLength(): number {
    const { height, width, channels } = this.manifest.input;
    return height * width * channels;
  }

  get inUse(): boolean {
    return this.#users > 0;
  }

  /** Keeps the version open until the returned function is called. */
  hold(): () => void {
    this.#users++;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#users--;
      if (this.#users === 0) this.#closing?.();
    };
  }

  /** Waits until nobody holds the version, then frees it. */
  async close(): Promise<void> {
    if (this.#users > 0) await new Promise<void>((resolve) => (this.#closing = resolve));
    await this.#model.close();
  }
}

export interface LoadContext {
  readonly registry: ModelRegistry;
  readonly pool: InferencePool;
  readonly scheduler: BatchScheduler;
  readonly maxBatch: number;
}

/**
 * Checks every byte of a version, loads it into all workers and runs it once, so that what is loaded can be served.
 * @throws `model_broken`, `model_version_not_found`
 */
export async function loadVersion(context: LoadContext, name: string, version: number): Promise<LoadedVersion> {
  const { registry, pool, scheduler, maxBatch } = context;
  const manifest = asPictureModel(await registry.verify(name, version));
  const { height, width, channels } = manifest.input;
  const rowLength = height * width * channels;
  const layers = packedLayers(manifest);
  const model = await pool.load(registry.modelPath(name, version));
  const queue = scheduler.createQueue({
    rowLength,
    maxBatch: Math.max(1, Math.min(maxBatch, Math.floor(MAX_BATCH_BYTES / (rowLength * 4)))),
    run: async (input, count) => packRows(await model.run(input, [count, height, width, channels]), layers, count),
  });
  try {
    const output = await model.run(new Float32Array(rowLength), [1, height, width, channels]);
    const { shape } = output;
    if (shape.length !== 2 || shape[0] !== 1 || shape[1] !== manifest.labels.length) {
      throw broken(name, version, `it gives [${shape}] for one picture; there are ${manifest.labels.length} labels`);
    }
    packRows(output, layers, 1);
  } catch (error) {
    await model.close();
    if (error instanceof PictorError) throw error;
    throw broken(name, version, `its graph does not run: ${error instanceof Error ? error.message : error}`, error);
  }
  return new LoadedVersion(manifest, model, queue);
}

/** @throws `model_broken` for graphs that were made elsewhere */
function asPictureModel(manifest: ModelManifest): PictureManifest {
  const { input, network } = manifest;
  if (input && network) return { ...manifest, input, network };
  throw broken(manifest.name, manifest.version, "it is not made of Pictor's layers");
}

function broken(name: string, version: number, reason: string, cause?: unknown): PictorError {
  return new PictorError('model_broken', `Version ${version} of model "${name}" cannot be served: ${reason}.`, {
    cause,
  });
}
