/** @file Writes a network in Keras' formats: `.keras`, HDF5, and TensorFlow.js. */
import { randomUUID } from 'node:crypto';
import { rename, rm } from 'node:fs/promises';
import type { InputRange, NetworkSpec, SignatureSpecs, WeightTensor } from '../../contracts/index.ts';
import { writeTfjsFolder } from '../tfjs/write-tfjs.ts';
import type { ModelNotes } from './notes.ts';
import type { Dialect } from './write/dialect.ts';
import { writeH5File } from './write/h5-file.ts';
import { kerasCalls } from './write/keras-calls.ts';
import { writeKerasFile } from './write/keras-file.ts';
import { type WrittenModel, writtenModel } from './write/keras-layers.ts';

export interface KerasSource {
  readonly network: NetworkSpec;
  /** Every weight, in our layout. */
  readonly weights: ReadonlyMap<string, WeightTensor>;
  /** Empty when nobody told them. */
  readonly labels: readonly string[];
  /** What the numbers of a picture mean. Default `0..255`. */
  readonly inputRange?: InputRange;
  /** The input layer is named as the input of `serving_default`. */
  readonly signatures?: SignatureSpecs;
  /** Whether the model gives probabilities or logits. Default `probabilities`. */
  readonly answers?: 'probabilities' | 'logits';
}

type Writer = (target: string, model: WrittenModel, notes: ModelNotes) => Promise<void>;

const WRITERS: { readonly [D in Dialect]: Writer } = {
  keras: writeKerasFile,
  h5: writeH5File,
  tfjs: writeTfjsFolder,
};

/**
 * Writes a model that the format's own tool loads, trains and predicts with: the same layers with the same names and weights.
 * What a trained network's pixels need first is its first layer; labels and the range of pixels lie in the metadata (`.keras`), in attributes (HDF5), and in
 * `userDefinedMetadata` (TensorFlow.js).
 * @param format `keras` and `h5` write a file, `tfjs` a folder with `model.json`
 * @param target appears when it is complete, in the place of what had its name
 * @throws `export_unsupported` for a layer that the format cannot hold, before anything is written
 */
export async function writeKeras(source: KerasSource, format: Dialect, target: string): Promise<void> {
  const { network, weights, labels, inputRange = '0..255', signatures, answers = 'probabilities' } = source;
  const calls = kerasCalls(network, { dialect: format, answers, signatures });
  const model = writtenModel(network, weights, calls);
  const unfinished = `${target}.${randomUUID()}.tmp`;
  try {
    await WRITERS[format](unfinished, model, { labels, inputRange });
    await rm(target, { recursive: true, force: true });
    await rename(unfinished, target);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}
