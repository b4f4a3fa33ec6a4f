/** @file Checks signatures that a user wrote against the network they are for. */
import { type NetworkSpec, PictorError, type ServedOutput, type SignatureSpecs } from '../../contracts/index.ts';
import { describeNetwork } from '../network/describe.ts';
import { shown } from '../network/shown.ts';

const NAME = /^[A-Za-z_][A-Za-z0-9_.-]{0,99}$/;
const NAME_EXPECTED = 'letters, digits, dots, dashes and underscores, beginning with a letter, were expected';
const INPUT_KINDS = ['pixels', 'pictures', 'examples'];

type Fields = Readonly<Record<string, unknown>>;

/** Of each kind of output: what was expected of it, or null when it is as expected. */
const OUTPUT_CHECKS: {
  readonly [K in ServedOutput['kind']]: (output: Fields, layers: readonly string[]) => string | null;
} = {
  probabilities: () => null,
  logits: () => null,
  layer: ({ layer }, layers) =>
    typeof layer === 'string' && layers.includes(layer) ? null : `layer = one of ${layers.join(', ')}`,
  labels: () => null,
  topLabels: checkCount,
  topProbabilities: checkCount,
};

function checkCount({ count }: Fields): string | null {
  return Number.isInteger(count) && (count as number) >= 1 ? null : 'count = a whole number of 1 or more';
}

/**
 * @param signatures as a user's class returned them
 * @throws `signature_invalid`, naming the signature and the output, what was found and what was expected
 */
export function checkSignatures(signatures: unknown, network: NetworkSpec): SignatureSpecs {
  if (!isObject(signatures) || Object.keys(signatures).length === 0) {
    throw invalid(`The signatures are ${shown(signatures)}; an object with at least one was expected.`);
  }
  const layers = describeNetwork(network).layers.map((layer) => layer.name);
  for (const [name, signature] of Object.entries(signatures)) {
    if (!NAME.test(name)) throw invalid(`A signature is named ${shown(name)}; ${NAME_EXPECTED}.`);
    checkSignature(`Signature "${name}"`, signature, layers);
  }
  return structuredClone(signatures) as unknown as SignatureSpecs;
}

function checkSignature(what: string, signature: unknown, layers: readonly string[]): void {
  const { input, outputs } = isObject(signature) ? signature : {};
  if (!isObject(input) || !INPUT_KINDS.includes(input.kind as string) || !isName(input.name)) {
    throw invalid(
      `${what} has input = ${shown(input)}; { name, kind: 'pixels' | 'pictures' | 'examples' } was expected.`,
    );
  }
  if (!isObject(outputs) || Object.keys(outputs).length === 0) {
    throw invalid(`${what} has outputs = ${shown(outputs)}; an object with at least one output was expected.`);
  }
  for (const [name, output] of Object.entries(outputs)) {
    if (!NAME.test(name)) throw invalid(`${what} has an output named ${shown(name)}; ${NAME_EXPECTED}.`);
    const kind = isObject(output) ? output.kind : undefined;
    if (!isObject(output) || typeof kind !== 'string' || !Object.hasOwn(OUTPUT_CHECKS, kind)) {
      const kinds = Object.keys(OUTPUT_CHECKS).join(', ');
      throw invalid(
        `Output "${name}" of ${what.toLowerCase()} is ${shown(output)}; { kind: … }, one of ${kinds}, was expected.`,
      );
    }
    const expected = OUTPUT_CHECKS[kind as ServedOutput['kind']](output, layers);
    if (expected) {
      throw invalid(`Output "${name}" of ${what.toLowerCase()} is ${shown(output)}; ${expected} was expected.`);
    }
  }
}

/** Layers whose results some signature gives, each once, in the order of the signatures. */
export function servedLayers(signatures: SignatureSpecs, network: NetworkSpec): string[] {
  const layers = new Set<string>();
  for (const { outputs } of Object.values(signatures)) {
    for (const output of Object.values(outputs)) {
      if (output.kind === 'layer') layers.add(output.layer);
      if (output.kind === 'logits') layers.add(network.output);
    }
  }
  return [...layers];
}

/**
 * @param labels as a user's class returned them
 * @param classes names in the dataset
 * @throws `signature_invalid`
 */
export function checkLabels(labels: unknown, classes: readonly string[]): readonly string[] {
  const good = Array.isArray(labels) && labels.every((label) => typeof label === 'string' && label.trim() !== '');
  if (!good || labels.length !== classes.length) {
    throw invalid(`The labels are ${shown(labels)}; a list of ${classes.length} names was expected.`, LABELS_FIX);
  }
  const twice = labels.find((label, index) => labels.indexOf(label) !== index);
  if (twice !== undefined)
    throw invalid(`The label ${shown(twice)} is there twice; each was expected once.`, LABELS_FIX);
  return [...labels];
}

const LABELS_FIX = 'Return as many different names as the dataset has classes, in the same order.';

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isName(value: unknown): boolean {
  return typeof value === 'string' && NAME.test(value);
}

function invalid(message: string, fix?: string): PictorError {
  return new PictorError('signature_invalid', message, fix === undefined ? {} : { fix });
}
