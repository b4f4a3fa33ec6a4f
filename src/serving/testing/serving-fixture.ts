/** @file A registry in a temporary folder, a real inference pool, and a predictor on both. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { ModelRegistry } from '../../registry/index.ts';
import { createInferencePool, type InferencePool } from '../../runtime/index.ts';
import { Predictor, type PredictorOptions } from '../predictor.ts';

export interface ServingFixture {
  readonly directory: string;
  readonly registry: ModelRegistry;
  readonly pool: InferencePool;
  readonly predictor: Predictor;
  close(): Promise<void>;
}

export async function serveFolder(options: Partial<PredictorOptions> = {}): Promise<ServingFixture> {
  const directory = await mkdtemp(path.join(tmpdir(), 'pictor-serving-'));
  const registry = new ModelRegistry(directory);
  const pool = createInferencePool({ threads: 2 });
  const predictor = new Predictor({ registry, pool, ...options });
  await predictor.start();
  return {
    directory,
    registry,
    pool,
    predictor,
    async close() {
      await predictor.close();
      await pool.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** A grey picture as a PNG file. */
export function greyPng(pixels: readonly number[], width: number): Promise<Buffer> {
  const raw = { width, height: pixels.length / width, channels: 1 } as const;
  return sharp(Buffer.from(pixels), { raw }).toColourspace('b-w').png().toBuffer();
}

/** Waits until the condition holds, looking again every few milliseconds: the threads it waits for need the processor. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5));
}
