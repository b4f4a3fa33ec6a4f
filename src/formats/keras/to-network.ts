/** @file A Keras model's description → the nodes of a network: models in models become flat, shared layers share weights. */
import {
  type LayerConfigs,
  type LayerNode,
  type LayerType,
  type NetworkSpec,
  PictorError,
} from '../../contracts/index.ts';
import { type LayerShape, NETWORK_INPUT, type ResolvedLayer, resolveLayer } from '../../nn/index.ts';
import { badConfig } from './config/fields.ts';
import {
  type CallArgument,
  INPUT_LAYER,
  type LayerCall,
  type LayerConfig,
  type ModelConfig,
  type TensorRef,
} from './config/model-config.ts';
import { LayerArguments } from './layers/arguments.ts';
import { classRule, isUnread } from './layers/classes.ts';
import { isOperation, readOperation } from './layers/operations.ts';
import type { Place, ValueName } from './layers/rule.ts';
import { unsupportedLayer } from './layers/unsupported.ts';

/** Names of the models that a layer is in, the outermost first and without the whole model, then its own. */
export type LayerPath = readonly string[];

export interface NodesOfModel {
  readonly nodes: readonly LayerNode[];
  readonly shapes: ReadonlyMap<ValueName, LayerShape>;
  readonly outputs: readonly ValueName[];
  /** Where a node's weights are in the file, by the node's name; only nodes with weights of their own. */
  readonly weights: ReadonlyMap<string, LayerPath>;
  readonly warnings: readonly string[];
}

export interface ModelSource {
  /** Version of the Keras that wrote it. */
  readonly major: number;
  /** What an adapted Normalization has learnt. */
  statistics(path: LayerPath): ReturnType<Place['statistics']>;
}

/** Of nodes that a hostile file could multiply by nesting. */
const MAX_NODES = 5000;
const NOT_IN_NAMES = /[/:\p{Cc}\p{Cs}]/gu;
const MAX_NAME = 180;

/**
 * @param before nodes between the picture and what the model takes; the last one's result is its input
 * @throws `model_unsupported`, naming the layer and what of it; `network_invalid` where shapes do not fit
 */
export function nodesOfModel(
  model: ModelConfig,
  input: NetworkSpec['input'],
  before: readonly LayerNode[],
  source: ModelSource,
): NodesOfModel {
  const walk = new Walk(input, source);
  let start: ValueName = NETWORK_INPUT;
  for (const node of before) start = walk.addNode(node);
  const outputs = walk.run(model, [start], [], model.trainable);
  return { nodes: walk.nodes, shapes: walk.shapes, weights: walk.weights, warnings: [...walk.warnings], outputs };
}

class Walk {
  readonly nodes: LayerNode[] = [];
  readonly shapes: Map<ValueName, LayerShape>;
  readonly weights = new Map<string, LayerPath>();
  readonly warnings = new Set<string>();
  readonly #source: ModelSource;
  readonly #resolved = new Map<string, ResolvedLayer>();
  /** Name of the node that has a layer's weights, by the layer's path. */
  readonly #owners = new Map<string, string>();

  constructor({ height, width, channels }: NetworkSpec['input'], source: ModelSource) {
    this.shapes = new Map([[NETWORK_INPUT, [height, width, channels]]]);
    this.#source = source;
  }

  /** @returns the model's outputs */
  run(model: ModelConfig, inputs: readonly ValueName[], path: LayerPath, trainable: boolean): ValueName[] {
    const results = new Map<string, ValueName[][]>();
    model.inputs.forEach(({ layer }, index) => {
      if (index < inputs.length) results.set(layer, [[inputs[index]]]);
    });
    const find = ({ layer, call, tensor }: TensorRef): ValueName | null => {
      const calls = results.get(layer) ?? [];
      // A layer that is called once has one result, however it is counted.
      return calls[call]?.[tensor] ?? null;
    };
    const waiting = new Set(
      model.layers.filter(({ className, calls }) => className !== INPUT_LAYER && calls.length > 0),
    );
    const known = (argument: CallArgument): boolean => !('ref' in argument) || find(argument.ref) !== null;
    for (let progressed = true; progressed && waiting.size > 0; ) {
      progressed = false;
      for (const layer of waiting) {
        const done = results.get(layer.name) ?? [];
        while (done.length < layer.calls.length) {
          const call = layer.calls[done.length];
          if (![...call.arguments, ...Object.values(call.named)].every(known)) break;
          const resultOf = (argument: CallArgument) => ('ref' in argument ? find(argument.ref) : null);
          done.push(this.#call(layer, call, resultOf, [...path, layer.name], trainable));
          results.set(layer.name, done);
          progressed = true;
        }
        if (done.length === layer.calls.length) waiting.delete(layer);
      }
    }
    return model.outputs.map((ref) => {
      const value = find(ref);
      if (value === null) throw badConfig(`its output "${ref.layer}" is computed from nothing`);
      return value;
    });
  }

  #call(
    layer: LayerConfig,
    call: LayerCall,
    resultOf: (argument: CallArgument) => ValueName | null,
    path: LayerPath,
    trainable: boolean,
  ): ValueName[] {
    const inputs = call.arguments.flatMap((argument) => resultOf(argument) ?? []);
    const learns = trainable && layer.config.trainable !== false;
    if (layer.model) return this.run(layer.model, inputs, path, learns && layer.model.trainable);
    const place = this.#place(layer, inputs, path, learns);
    if (isOperation(layer)) return [readOperation(place, call, resultOf)];
    const rule = classRule(layer.className);
    if (!rule || isUnread(rule)) throw unsupportedLayer(layer, rule ? rule.why : 'is not a layer of Keras');
    if (inputs.length === 0) throw badConfig(`layer "${layer.name}" is called with nothing`);
    const result = rule(place);
    place.arguments.finish(place.warn);
    return [result];
  }

  #place(layer: LayerConfig, inputs: readonly ValueName[], path: LayerPath, trainable: boolean): Place {
    const add = <T extends LayerType>(type: T, config: LayerConfigs[T], taken: readonly ValueName[], key: string) =>
      this.#add({ layer: type, config, inputs: taken } as Parts, { path, key, trainable });
    let extras = 0;
    return {
      layer,
      arguments: new LayerArguments(layer),
      major: this.#source.major,
      inputs,
      shapeOf: (value) => this.shapes.get(value) ?? [],
      own: (type, config, taken = inputs) => add(type, config, taken, ''),
      extra: (type, config, taken) => add(type, config, taken, `_${++extras}`),
      statistics: () => this.#source.statistics(path),
      warn: (text) => this.warnings.add(text),
    };
  }

  #add(parts: Parts, { path, key, trainable }: { path: LayerPath; key: string; trainable: boolean }): ValueName {
    const id = JSON.stringify([...path, key]);
    const owner = this.#owners.get(id);
    const name = this.#freeName(path, owner === undefined ? key : `${key}_use2`);
    const resolved = resolveLayer({ ...parts, name } as LayerNode, this.shapes, this.#resolved);
    const hasWeights = resolved.parameters.length > 0;
    if (hasWeights && owner === undefined) {
      this.#owners.set(id, name);
      this.weights.set(name, path);
    }
    const shares = hasWeights && owner !== undefined ? { weightsOf: owner } : {};
    const frozen = hasWeights && owner === undefined && !trainable ? { trainable: false } : {};
    return this.addNode({ ...parts, name, ...frozen, ...shares } as LayerNode);
  }

  addNode(node: LayerNode): ValueName {
    if (this.nodes.length >= MAX_NODES) {
      throw new PictorError('model_unsupported', `The model has more than ${MAX_NODES} layers.`);
    }
    const resolved = resolveLayer(node, this.shapes, this.#resolved);
    this.nodes.push(node);
    this.shapes.set(node.name, resolved.outputShape);
    this.#resolved.set(node.name, resolved);
    return node.name;
  }

  /** The layer's own name where that is possible. */
  #freeName(path: LayerPath, ending: string): string {
    const clean = (names: LayerPath): string =>
      `${names.join('_')}${ending}`.replace(NOT_IN_NAMES, '_').slice(0, MAX_NAME);
    const own = clean(path.slice(-1));
    const base = this.shapes.has(own) ? clean(path) : own;
    let name = base;
    for (let number = 1; this.shapes.has(name); number++) name = `${base}_${number}`;
    return name;
  }
}

type Parts = Pick<LayerNode, 'layer' | 'config' | 'inputs'>;
