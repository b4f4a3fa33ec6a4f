/** @file A network from JSON that anybody may have written: every field is checked, nothing is run. */
import {
  type ImageShape,
  type LayerNode,
  type NetworkSpec,
  OUTPUT_ACTIVATIONS,
  PictorError,
} from '../../contracts/index.ts';
import { type ArgumentCheck, flag, oneOf, positiveInteger } from '../layers/arguments.ts';
import { resolveNetwork } from './resolve.ts';
import { shown } from './shown.ts';

/** Far more than any network that trains; a longer list would only cost time. */
const MAX_LAYERS = 5000;
const MAX_NAME = 200;

const name: ArgumentCheck = (value) =>
  typeof value === 'string' && value !== '' && value.length <= MAX_NAME
    ? null
    : `a text of 1 to ${MAX_NAME} characters`;

const INPUT_FIELDS: { readonly [K in keyof Required<ImageShape>]: ArgumentCheck } = {
  height: positiveInteger,
  width: positiveInteger,
  channels: (value) => (value === 1 || value === 3 ? null : '1 (grey) or 3 (colour)'),
};

/** Kind and arguments are checked by the layers' own rules. */
const NODE_FIELDS: { readonly [K in keyof Required<LayerNode>]: ArgumentCheck } = {
  name,
  layer: name,
  config: (value) => (isObject(value) ? null : 'an object with the arguments of the layer'),
  inputs: (value) => (Array.isArray(value) && value.every(isName) ? null : 'a list of names of layers'),
  trainable: flag,
  weightsOf: name,
};

const NETWORK_FIELDS: { readonly [K in keyof Required<NetworkSpec>]: ArgumentCheck } = {
  name,
  input: (value) => (isObject(value) ? null : 'an object with height, width and channels'),
  nodes: (value) => (Array.isArray(value) && value.length >= 1 ? null : `a list of 1 to ${MAX_LAYERS} layers`),
  output: name,
  base: name,
  outputActivation: oneOf(OUTPUT_ACTIVATIONS),
};

/** May be left out. */
const OPTIONAL: ReadonlySet<string> = new Set(['trainable', 'weightsOf', 'base', 'outputActivation']);

/**
 * Checks a value from outside, such as the body of a request, and takes nothing on trust.
 * @returns a copy of the network
 * @throws `network_invalid`, naming the field or the layer, what was found and what was expected
 */
export function readNetwork(value: unknown): NetworkSpec {
  checkFields(value, NETWORK_FIELDS, 'The network');
  const { input, nodes } = value as unknown as NetworkSpec;
  if (nodes.length > MAX_LAYERS) {
    throw new PictorError(
      'network_invalid',
      `The network has ${nodes.length} layers; at most ${MAX_LAYERS} were expected.`,
      {
        fix: 'Use fewer layers.',
      },
    );
  }
  checkFields(input, INPUT_FIELDS, 'The input of the network');
  for (const [index, node] of nodes.entries()) checkFields(node, NODE_FIELDS, `Layer ${index + 1} of the network`);
  // Before it is copied: the copy would not know where its layers were written.
  resolveNetwork(value as unknown as NetworkSpec);
  return structuredClone(value) as unknown as NetworkSpec;
}

function checkFields(value: unknown, fields: Readonly<Record<string, ArgumentCheck>>, what: string): void {
  if (!isObject(value)) throw invalid(`${what} is ${shown(value)}; an object was expected.`);
  for (const key of Object.keys(value)) {
    if (Object.hasOwn(fields, key)) continue;
    throw invalid(
      `${what} has an unknown field "${key.slice(0, MAX_NAME)}"; its fields are ${Object.keys(fields).join(', ')}.`,
    );
  }
  for (const [key, check] of Object.entries(fields)) {
    const found = Object.hasOwn(value, key) ? value[key] : undefined;
    if (found === undefined && OPTIONAL.has(key)) continue;
    const expected = check(found);
    if (expected) throw invalid(`${what} has ${key} = ${shown(found)}; ${expected} was expected.`);
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isName(value: unknown): boolean {
  return name(value) === null;
}

function invalid(message: string): PictorError {
  return new PictorError('network_invalid', message, {
    fix: 'Send the network as `sequential(...)` of pictor/nn gives it.',
  });
}
