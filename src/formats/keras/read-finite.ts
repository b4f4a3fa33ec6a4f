/** @file The numbers of a stored tensor, which must be numbers. */
import { PictorError } from '../../contracts/index.ts';
import type { StoredTensor } from './stored-layers.ts';

/** Reads a dataset's numbers, as `Hdf5Reader.read`. */
export type ReadNumbers = (dataset: StoredTensor['dataset']) => Promise<Float32Array>;

/** @throws `model_file_invalid` when one is NaN or infinite */
export async function readFinite(
  read: ReadNumbers,
  { name, dataset }: StoredTensor,
  fileName: string,
): Promise<Float32Array> {
  const data = await read(dataset);
  if (data.every(Number.isFinite)) return data;
  throw new PictorError(
    'model_file_invalid',
    `${fileName} cannot be used: "${name}" holds values that are no numbers.`,
    { fix: 'Save the weights of a model whose training did not diverge.' },
  );
}
