/** @file The weights of a network as TensorFlow's variables: names, shapes and numbers as Keras has them. */
import type { NetworkSpec, WeightTensor } from '../../../contracts/index.ts';
import { describeNetwork } from '../../../nn/index.ts';
import { kerasLayers } from '../../keras/layouts.ts';
import { nodeName } from './function-builder.ts';

export interface TfVariable {
  readonly index: number;
  /** Name of the parameter: `LAYER/PARAMETER`. */
  readonly parameter: string;
  /** Name of the variable's node; no two are the same. */
  readonly node: string;
  readonly shape: readonly number[];
  readonly trainable: boolean;
  readonly data: Float32Array;
}

/** @param weights as the network was trained with, by name; checked by whoever compiled the network */
export function variablesOf(spec: NetworkSpec, weights: ReadonlyMap<string, WeightTensor>): TfVariable[] {
  const trainable = new Map(describeNetwork(spec).parameters.map(({ name, trainable }) => [name, trainable]));
  const nodes = new Set<string>();
  return kerasLayers(spec)
    .flatMap(({ parameters }) => parameters)
    .map(({ name, shape, restore }, index): TfVariable => {
      const base = nodeName(name);
      let node = base;
      for (let count = 1; nodes.has(node.toLowerCase()); count++) node = `${base}_${count}`;
      nodes.add(node.toLowerCase());
      const { data } = weights.get(name) as WeightTensor;
      return { index, parameter: name, node, shape, trainable: trainable.get(name) ?? true, data: restore(data) };
    });
}
