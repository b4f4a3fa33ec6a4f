/** @file A model of any signature that answers what it was sent: for tests of what protocols make of tensors. */
import type { DataType, TensorValue } from '../../contracts/index.ts';
import type { ModelInUse } from '../model-in-use.ts';
import { METHODS, type ServedTensor } from '../signatures/served.ts';
import type { RestModels } from '../tfserving/rest.ts';

/** Any input is given back under the name of the output beside it. */
export function echoModel(
  tensors: Readonly<Record<string, readonly [output: string, dtype: DataType]>>,
  change: (outputs: Map<string, TensorValue>) => Map<string, TensorValue> = (outputs) => outputs,
): RestModels & { readonly seen: ReadonlyMap<string, TensorValue>[] } {
  const seen: ReadonlyMap<string, TensorValue>[] = [];
  const infos = (names: (alias: string) => string): Record<string, ServedTensor> =>
    Object.fromEntries(
      Object.entries(tensors).map(([alias, [, dtype]]) => [names(alias), { dtype, shape: null, tensor: `${alias}:0` }]),
    );
  const inputs = infos((alias) => alias);
  const outputs = infos((alias) => tensors[alias][0]);
  const signature = { method: METHODS.predict, inputs, outputs, examples: null };
  const model: ModelInUse = {
    name: 'echo',
    version: 1,
    manifest: null,
    labels: [],
    input: null,
    signatures: { serving_default: signature },
    run: async (_signature, given) => {
      seen.push(given);
      return change(new Map([...given].map(([alias, value]) => [tensors[alias][0], value])));
    },
    predictPixels: async () => new Float32Array(),
    predictPictures: async () => ({ probabilities: new Float32Array(), seen: [] }),
  };
  return {
    seen,
    use: (_target, work) => work(model),
    status: async () => [],
    models: () => [],
  };
}
