/** @file Loads a file of weights, whatever its format, into a network. */
import { open, readFile } from 'node:fs/promises';
import { type NetworkSpec, PictorError, type WeightTensor } from '../contracts/index.ts';
import { describeNetwork, headLayers } from '../nn/index.ts';
import { loadKerasWeights } from './keras/load-keras-weights.ts';
import { decodeSafetensors } from './safetensors.ts';
import { type LoadedWeights, sameShape, type WeightDifference, weightsMismatch } from './weights-match.ts';

/**
 * Reads a Keras HDF5 file, or safetensors as Pictor writes them.
 * @param name of the file, for messages
 * @throws as `loadKerasWeights`
 */
export async function loadWeights(file: string, spec: NetworkSpec, name: string): Promise<LoadedWeights> {
  if (await isSafetensors(file)) return takeWeights(decodeSafetensors(await readFile(file)), spec, name);
  return loadKerasWeights(file, spec, name);
}

/** A length of 8 bytes, then a JSON object: nothing else that holds weights begins like this. */
async function isSafetensors(file: string): Promise<boolean> {
  const handle = await open(file).catch(() => null);
  try {
    const { buffer, bytesRead } = (await handle?.read(Buffer.alloc(10), 0, 10, 0)) ?? { buffer: null, bytesRead: 0 };
    return bytesRead === 10 && buffer?.readUInt32LE(4) === 0 && buffer[8] === 0x7b && buffer[9] === 0x22;
  } finally {
    await handle?.close();
  }
}

/**
 * Takes tensors in our layout, by the names of the network's parameters.
 * @throws `weights_mismatch`; `model_file_invalid` for values that are no numbers
 */
export function takeWeights(
  tensors: ReadonlyMap<string, WeightTensor>,
  spec: NetworkSpec,
  name: string,
): LoadedWeights {
  const head = headLayers(spec);
  const { parameters } = describeNetwork(spec);
  const weights = new Map<string, WeightTensor>();
  const fresh: string[] = [];
  const differences: WeightDifference[] = [];
  for (const { name: parameter, shape } of parameters) {
    const tensor = tensors.get(parameter);
    if (tensor && sameShape(tensor.shape, shape)) {
      if (!tensor.data.every(Number.isFinite)) {
        throw new PictorError(
          'model_file_invalid',
          `${name} cannot be used: "${parameter}" holds values that are no numbers.`,
        );
      }
      weights.set(parameter, tensor);
    } else if (head.has(layerOf(parameter))) fresh.push(parameter);
    else differences.push({ name: parameter, expected: shape, found: tensor?.shape ?? null });
  }
  const known = new Set(parameters.map((parameter) => parameter.name));
  const rest = [...tensors].filter(([parameter]) => !known.has(parameter));
  // What is left over belongs to the file's own head only if all of the base was found.
  if (differences.length > 0) {
    differences.push(...rest.map(([parameter, { shape }]) => ({ name: parameter, expected: null, found: shape })));
    throw weightsMismatch(spec.name, name, differences);
  }
  return { weights, fresh, unused: [...new Set(rest.map(([parameter]) => layerOf(parameter)))] };
}

function layerOf(parameter: string): string {
  return parameter.slice(0, parameter.lastIndexOf('/'));
}
