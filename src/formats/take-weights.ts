/** @file Which tensors of our own layout become which parameters of a network. */
import { type NetworkSpec, PictorError, type WeightTensor } from '../contracts/index.ts';
import { describeNetwork, headLayers } from '../nn/index.ts';
import { type LoadedWeights, sameShape, type WeightDifference, weightsMismatch } from './weights-match.ts';

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
