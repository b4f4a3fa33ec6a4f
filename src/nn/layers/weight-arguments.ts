/** @file Arguments that every layer with weights has: how each starts, and what it costs. */
import { INITIALIZERS } from '../../contracts/index.ts';
import {
  type ArgumentCheck,
  type ArgumentRule,
  finiteNumber,
  notNegative,
  oneOf,
  optional,
  positiveNumber,
} from './arguments.ts';
import type { LayerParameter } from './rule.ts';

interface NumberRule {
  readonly check: ArgumentCheck;
  readonly required?: true;
}

const number: NumberRule = { check: finiteNumber };
const deviation: NumberRule = { check: notNegative };

/** Products of each vector with all others, up to 1024 x 1024: some seconds, in which nothing else can be done. */
const MAX_ORTHOGONAL = 1024 ** 3;

const KINDS: Readonly<Record<string, Readonly<Record<string, NumberRule>>>> = {
  constant: { value: { ...number, required: true } },
  randomUniform: { minval: number, maxval: number },
  randomNormal: { mean: number, stddev: deviation },
  truncatedNormal: { mean: number, stddev: deviation },
  orthogonal: { gain: number },
  varianceScaling: {
    scale: { check: positiveNumber, required: true },
    mode: { check: oneOf(['fanIn', 'fanOut', 'fanAvg']), required: true },
    distribution: { check: oneOf(['uniform', 'truncatedNormal', 'untruncatedNormal']), required: true },
  },
};

const initializer: ArgumentCheck = (value) => {
  if (typeof value !== 'object' || value === null || !('kind' in value)) return oneOf(INITIALIZERS)(value);
  const { kind, ...numbers } = value;
  if (typeof kind !== 'string' || !Object.hasOwn(KINDS, kind)) {
    return `a kind of ${Object.keys(KINDS).join(', ')}, or the name of an initializer`;
  }
  return fieldsCheck(numbers, KINDS[kind], kind);
};

const regularizer: ArgumentCheck = (value) => {
  if (typeof value !== 'object' || value === null) return 'an object { l1, l2 }';
  return fieldsCheck(value, { l1: deviation, l2: deviation }, 'a regularizer');
};

function fieldsCheck(fields: object, rules: Readonly<Record<string, NumberRule>>, what: string): string | null {
  const unknown = Object.keys(fields).find((name) => !Object.hasOwn(rules, name));
  if (unknown !== undefined) return `${what} with no more than ${Object.keys(rules).join(', ')}`;
  for (const [name, { check, required }] of Object.entries(rules)) {
    const value = (fields as Readonly<Record<string, unknown>>)[name];
    if (value === undefined && !required) continue;
    const expected = check(value);
    if (expected) return `${name} as ${expected}`;
  }
  return null;
}

/** `NAMEInitializer` and `NAMERegularizer` for each of the names. */
export function weightArguments<Name extends string>(
  ...names: readonly Name[]
): { readonly [K in `${Name}Initializer` | `${Name}Regularizer`]: ArgumentRule } {
  return Object.fromEntries(
    names.flatMap((name) => [
      [`${name}Initializer`, optional(initializer)],
      [`${name}Regularizer`, optional(regularizer)],
    ]),
  ) as { readonly [K in `${Name}Initializer` | `${Name}Regularizer`]: ArgumentRule };
}

export const initializerArgument = optional(initializer);

/** Parameters as the layer's arguments have them. */
export function withArguments(parameters: readonly LayerParameter[], config: object): LayerParameter[] {
  const given = config as Readonly<Record<string, unknown>>;
  return parameters.map((parameter): LayerParameter => {
    const { name, argument = name } = parameter;
    const chosen = given[`${argument}Initializer`] as LayerParameter['initializer'] | undefined;
    const cost = given[`${argument}Regularizer`] as LayerParameter['regularizer'];
    return { ...parameter, initializer: chosen ?? parameter.initializer, ...(cost ? { regularizer: cost } : {}) };
  });
}

/** @returns what is wrong with the first weights of a parameter, as the end of a sentence; or null. */
export function initializerProblem({ name, shape, initializer: chosen }: LayerParameter): string | null {
  const kind = typeof chosen === 'string' ? chosen : chosen.kind;
  if (kind !== 'orthogonal') return null;
  if (shape.length < 2) return `starts its ${name}, a vector, orthogonal; another initializer was expected.`;
  const numbers = shape.reduce((product, side) => product * side, 1);
  const columns = shape.length === 2 ? shape[1] : shape[0];
  if (numbers * Math.min(columns, numbers / columns) <= MAX_ORTHOGONAL) return null;
  return `starts its ${name} of shape [${shape.join(', ')}] orthogonal, which takes too long to compute; another initializer was expected.`;
}
