/** @file Checks a network and finds the shapes and parameters of all its layers. */
import {
  type LayerConfigs,
  type LayerNode,
  type LayerType,
  type NetworkSpec,
  PictorError,
} from '../../contracts/index.ts';
import type { ArgumentRule } from '../layers/arguments.ts';
import { LAYERS } from '../layers/index.ts';
import type { LayerParameter, LayerRule, LayerShape, Misfit } from '../layers/rule.ts';
import { initializerProblem, withArguments } from '../layers/weight-arguments.ts';
import { pointToLayer } from './places.ts';
import { shown } from './shown.ts';

/** Name that layers use for the picture. */
export const NETWORK_INPUT = 'input';

/** Also what a runtime can count in one tensor; a layer that gives more is a slip of the pen. */
const MAX_NUMBERS = 2 ** 31 - 1;
/** Tables of places are made for each side of a picture. */
const MAX_SIDE = 65_536;

/** `/` parts a layer from its parameter, `:` a kind of output (`grad:NAME`) from its name; the others no file format keeps. */
const NOT_IN_NAMES = /[/:\p{Cc}\p{Cs}]/u;

/** A model file holds at most 2 GiB. */
const MAX_PARAMETERS = 500_000_000;

export interface ResolvedLayer {
  readonly node: LayerNode;
  readonly outputShape: LayerShape;
  /** Its own; none when it uses those of another node. */
  readonly parameters: readonly LayerParameter[];
  /** Name of the node whose weights it uses: mostly its own. */
  readonly weightsOf: string;
  /** Whether that node is not frozen. */
  readonly trainable: boolean;
}

/**
 * @returns the layers in an order in which they can be computed
 * @throws `network_invalid`, naming the layer, the shapes and what was expected
 */
export function resolveNetwork(spec: NetworkSpec): ResolvedLayer[] {
  try {
    return resolveLayers(spec);
  } catch (error) {
    throw pointToLayer(error, spec.nodes);
  }
}

function resolveLayers(spec: NetworkSpec): ResolvedLayer[] {
  const { height, width, channels } = spec.input;
  if (![height, width, channels].every((size) => Number.isInteger(size) && size >= 1)) {
    throw new PictorError(
      'network_invalid',
      `The input of network "${spec.name}" is ${height} x ${width} x ${channels}; whole numbers of 1 or more were expected.`,
    );
  }
  const shapes = new Map<string, LayerShape>([[NETWORK_INPUT, [height, width, channels]]]);
  const resolved = new Map<string, ResolvedLayer>();
  for (const node of spec.nodes) {
    if (shapes.has(node.name)) {
      throw invalid(node, 'has the name of another layer; every layer needs its own.');
    }
    if (NOT_IN_NAMES.test(node.name)) {
      throw invalid(node, 'has "/", ":" or a character that cannot be shown in its name; a name without was expected.');
    }
    const layer = resolveLayer(node, shapes, resolved);
    shapes.set(node.name, layer.outputShape);
    resolved.set(node.name, layer);
  }
  expectLogits(spec, shapes);
  expectAllUsed(spec);
  const layers = [...resolved.values()];
  expectFewParameters(spec, layers);
  return layers;
}

/**
 * One layer, from the shapes of what it may take and the layers before it.
 * @throws `network_invalid`
 */
export function resolveLayer<T extends LayerType>(
  node: LayerNode & { layer: T },
  shapes: ReadonlyMap<string, LayerShape>,
  earlier: ReadonlyMap<string, ResolvedLayer>,
): ResolvedLayer {
  if (!Object.hasOwn(LAYERS, node.layer)) {
    throw invalid(node, `is of an unknown kind; known are ${Object.keys(LAYERS).join(', ')}.`);
  }
  if (node.trainable !== undefined && typeof node.trainable !== 'boolean') {
    throw invalid(node, `has trainable = ${shown(node.trainable)}; true or false was expected.`);
  }
  const rule = LAYERS[node.layer] as LayerRule<T>;
  const config = node.config as LayerConfigs[T];
  checkArguments(node, rule.arguments as Readonly<Record<string, ArgumentRule>>);
  const conflict = rule.conflict?.(config);
  if (conflict) throw invalid(node, conflict);
  const fits = rule.inputs === 'oneOrMore' ? node.inputs.length >= 1 : node.inputs.length === rule.inputs;
  if (!fits) {
    const expected = rule.inputs === 'oneOrMore' ? '1 or more' : rule.inputs;
    throw invalid(node, `takes ${node.inputs.length} inputs; ${expected} was expected.`);
  }
  const inputs = node.inputs.map((name) => {
    const shape = shapes.get(name);
    if (shape) return shape;
    throw invalid(node, `takes "${name}" as input; the name of an earlier layer, or "input", was expected.`);
  });
  const output = rule.outputShape(inputs, config);
  if (!isShape(output)) {
    const { expected, fix } = typeof output === 'string' ? { expected: output, fix: undefined } : output;
    throw new PictorError(
      'network_invalid',
      `Layer "${node.name}" (${node.layer}) cannot take an input of shape ${inputs.map(show).join(' and ')}; ${expected} was expected.`,
      {
        details: { layer: node.name, inputShapes: inputs },
        fix:
          inputs[0].length === 3 && expected.includes('pixels')
            ? 'Use larger pictures, or fewer or smaller layers before this one.'
            : fix,
      },
    );
  }
  if (size(output) > MAX_NUMBERS || (output.length === 3 && Math.max(output[0], output[1]) > MAX_SIDE)) {
    throw invalid(
      node,
      `gives ${show(output)} for an input of shape ${inputs.map(show).join(' and ')}; at most ${MAX_NUMBERS} numbers for a picture, and ${MAX_SIDE} pixels a side, were expected.`,
    );
  }
  const parameters = withArguments(rule.parameters(inputs, config), config);
  const problem = parameters.map(initializerProblem).find((text) => text !== null);
  if (problem) throw invalid(node, problem);
  if (node.weightsOf === undefined) {
    return { node, outputShape: output, parameters, weightsOf: node.name, trainable: node.trainable ?? true };
  }
  const owner = weightsOwner(node, parameters, earlier);
  return { node, outputShape: output, parameters: [], weightsOf: owner.node.name, trainable: owner.trainable };
}

function isShape(output: LayerShape | Misfit): output is LayerShape {
  return Array.isArray(output);
}

function sameArguments(a: object, b: object): boolean {
  const sorted = (config: object): string =>
    JSON.stringify(Object.entries(config).sort(([left], [right]) => (left < right ? -1 : 1)));
  return sorted(a) === sorted(b);
}

/** The node whose weights another one uses: earlier, the same layer, the same arguments, the same shapes. */
function weightsOwner(
  node: LayerNode,
  parameters: readonly LayerParameter[],
  earlier: ReadonlyMap<string, ResolvedLayer>,
): ResolvedLayer {
  const owner = earlier.get(node.weightsOf as string);
  if (!owner || owner.weightsOf !== owner.node.name) {
    throw invalid(
      node,
      `uses the weights of "${node.weightsOf}"; the name of an earlier layer with weights of its own was expected.`,
    );
  }
  if (node.trainable !== undefined) {
    throw invalid(node, `uses the weights of "${owner.node.name}" and has a trainable of its own; none was expected.`);
  }
  if (owner.node.layer !== node.layer || !sameArguments(owner.node.config, node.config)) {
    throw invalid(
      node,
      `uses the weights of "${owner.node.name}"; the same layer with the same arguments was expected.`,
    );
  }
  parameters.forEach(({ name, shape }, index) => {
    const own = owner.parameters[index].shape;
    if (own.join() === shape.join()) return;
    throw new PictorError(
      'network_invalid',
      `Layer "${node.name}" (${node.layer}) uses the weights of "${owner.node.name}", whose ${name} has shape ${show(own)}; shape ${show(shape)} is needed for its input.`,
      { fix: 'Let both uses take inputs of one shape, or use two layers.', details: { layer: node.name } },
    );
  });
  return owner;
}

function checkArguments(node: LayerNode, rules: Readonly<Record<string, ArgumentRule>>): void {
  const config = node.config as Readonly<Record<string, unknown>>;
  for (const name of Object.keys(config)) {
    if (!Object.hasOwn(rules, name)) {
      const known = Object.keys(rules).join(', ') || 'none';
      throw invalid(node, `has an unknown argument "${name}"; its arguments are: ${known}.`);
    }
  }
  for (const [name, { required, check }] of Object.entries(rules)) {
    const value = config[name];
    if (value === undefined && !required) continue;
    const expected = check(value);
    if (expected) throw invalid(node, `has ${name} = ${shown(value)}; ${expected} was expected.`);
  }
}

/** A layer that the output does not need would have no gradient. */
function expectAllUsed(spec: NetworkSpec): void {
  const needed = new Set([spec.output]);
  for (const node of spec.nodes.toReversed()) {
    if (!needed.has(node.name))
      throw invalid(node, `does not lead to the output "${spec.output}"; every layer was expected to.`);
    for (const name of node.inputs) needed.add(name);
  }
}

/** Names the layer that has most of them: it is the one to change. */
function expectFewParameters({ name }: NetworkSpec, layers: readonly ResolvedLayer[]): void {
  const counts = layers.map(({ parameters }) => parameters.reduce((sum, { shape }) => sum + size(shape), 0));
  const count = counts.reduce((sum, part) => sum + part, 0);
  if (count <= MAX_PARAMETERS) return;
  const most = Math.max(...counts);
  const { node } = layers[counts.indexOf(most)];
  throw new PictorError(
    'network_invalid',
    `Network "${name}" has ${count} parameters, ${most} of them in layer "${node.name}" (${node.layer}); at most ${MAX_PARAMETERS} were expected.`,
    {
      fix: 'Use smaller pictures, fewer units, or pools before the Dense layer.',
      details: { layer: node.name, parameters: count },
    },
  );
}

function expectLogits(spec: NetworkSpec, shapes: ReadonlyMap<string, LayerShape>): void {
  const last = spec.nodes.find((node) => node.name === spec.output);
  const shape = shapes.get(spec.output);
  if (!last || !shape) {
    throw new PictorError(
      'network_invalid',
      `The output of network "${spec.name}" is "${spec.output}"; the name of one of its layers was expected.`,
    );
  }
  if (shape.length !== 1 || shape[0] < 2) {
    throw invalid(last, `is the output and has shape ${show(shape)}; [classes], with at least 2, was expected.`);
  }
  if ('activation' in last.config && last.config.activation === 'softmax') {
    throw invalid(last, 'is the output and ends in softmax; logits were expected, softmax is added when serving.');
  }
}

function invalid(node: LayerNode, problem: string): PictorError {
  return new PictorError('network_invalid', `Layer "${node.name}" (${node.layer}) ${problem}`, {
    details: { layer: node.name },
  });
}

function show(shape: LayerShape): string {
  return `[${shape.join(', ')}]`;
}

function size(shape: readonly number[]): number {
  return shape.reduce((count, dimension) => count * dimension, 1);
}
