/** @file Keras' initialisers and regularisers as ours, and back. */
import type { Initializer, Regularizer } from '../../../contracts/index.ts';
import { type Fields, fieldsOf, textOf } from '../config/fields.ts';

type Kind = Exclude<Initializer, string>['kind'] | Extract<Initializer, string>;
type Numbers = Readonly<Record<string, unknown>>;

/** Keras' class of each of ours. */
const CLASSES: { readonly [K in Kind]: string } = {
  zeros: 'Zeros',
  ones: 'Ones',
  constant: 'Constant',
  glorotUniform: 'GlorotUniform',
  glorotNormal: 'GlorotNormal',
  heUniform: 'HeUniform',
  heNormal: 'HeNormal',
  lecunUniform: 'LecunUniform',
  lecunNormal: 'LecunNormal',
  randomUniform: 'RandomUniform',
  randomNormal: 'RandomNormal',
  truncatedNormal: 'TruncatedNormal',
  orthogonal: 'Orthogonal',
  varianceScaling: 'VarianceScaling',
};

const NAMES: ReadonlyMap<string, Kind> = new Map([
  ...Object.entries(CLASSES).map(([kind, name]): [string, Kind] => [name, kind as Kind]),
  ['OrthogonalInitializer', 'orthogonal'],
]);

const MODES: Readonly<Record<string, 'fanIn' | 'fanOut' | 'fanAvg'>> = {
  fan_in: 'fanIn',
  fan_out: 'fanOut',
  fan_avg: 'fanAvg',
};
const DISTRIBUTIONS: Readonly<Record<string, 'uniform' | 'truncatedNormal' | 'untruncatedNormal'>> = {
  uniform: 'uniform',
  normal: 'truncatedNormal',
  truncated_normal: 'truncatedNormal',
  untruncated_normal: 'untruncatedNormal',
};

/** @returns undefined for one that is not ours, or is the layer's own default: weights are given, it matters little */
export function readInitializer(value: unknown, isDefault: (name: string) => boolean): Initializer | undefined {
  const fields = fieldsOf(value);
  const name = textOf(value) ?? textOf(fields.class_name);
  const kind = name === null ? undefined : NAMES.get(pascal(name));
  if (kind === undefined) return undefined;
  const read = readKind(kind, fieldsOf(fields.config));
  return typeof read === 'string' && isDefault(read) ? undefined : read;
}

function readKind(kind: Kind, config: Fields): Initializer | undefined {
  const numbers = (...keys: readonly string[]): Record<string, number> =>
    Object.fromEntries(
      keys.flatMap((key) => (typeof config[key] === 'number' ? [[key, config[key]] as [string, number]] : [])),
    );
  switch (kind) {
    case 'constant':
      return { kind, value: numbers('value').value ?? 0 };
    case 'randomUniform':
      return { kind, ...numbers('minval', 'maxval') };
    case 'randomNormal':
    case 'truncatedNormal':
      return { kind, ...numbers('mean', 'stddev') };
    case 'orthogonal':
      return { kind, ...numbers('gain') };
    case 'varianceScaling':
      return readScaling(numbers('scale').scale ?? 1, config);
    default:
      return kind;
  }
}

function readScaling(scale: number, config: Fields): Initializer | undefined {
  const mode = MODES[String(config.mode)];
  const distribution = DISTRIBUTIONS[String(config.distribution)];
  if (!mode || !distribution) return undefined;
  if (scale === 1 && mode === 'fanAvg' && distribution === 'uniform') return 'glorotUniform';
  return { kind: 'varianceScaling', scale, mode, distribution };
}

/** @returns undefined for none, null for one that is not ours */
export function readRegularizer(value: unknown): Regularizer | undefined | null {
  if (value === null || value === undefined) return undefined;
  const fields = fieldsOf(value);
  const config = fieldsOf(fields.config);
  const [l1, l2] = [config.l1, config.l2].map((number) => (typeof number === 'number' ? number : 0));
  if (!['L1', 'L2', 'L1L2'].includes(textOf(fields.class_name) ?? '')) return null;
  return { ...(l1 === 0 ? {} : { l1 }), ...(l2 === 0 ? {} : { l2 }) };
}

/** As `{ class_name, config }`, which Keras 2, Keras 3 and TF.js read. */
export function writeInitializer(initializer: Initializer): Fields {
  const kind = typeof initializer === 'string' ? initializer : initializer.kind;
  const { kind: _, ...numbers }: Numbers = typeof initializer === 'string' ? {} : initializer;
  const config = kind === 'varianceScaling' ? writeScaling(numbers) : numbers;
  return { class_name: CLASSES[kind], config };
}

function writeScaling({ scale, mode, distribution }: Numbers): Fields {
  const nameOf = (names: Readonly<Record<string, string>>, ours: unknown): string | undefined =>
    Object.keys(names).findLast((name) => names[name] === ours);
  return { scale, mode: nameOf(MODES, mode), distribution: nameOf(DISTRIBUTIONS, distribution) };
}

export function writeRegularizer({ l1 = 0, l2 = 0 }: Regularizer): Fields {
  return { class_name: 'L1L2', config: { l1, l2 } };
}

/** `glorot_uniform` → `GlorotUniform`; classes stay. */
function pascal(name: string): string {
  if (/^[A-Z]/.test(name)) return name;
  return name.replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
