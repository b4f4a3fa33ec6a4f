/** @file Keras' initialisers, on seeded random numbers. */
import type { Initializer, InitializerName, RandomGenerator } from '../../contracts/index.ts';

export interface InitializedWeight {
  readonly shape: readonly number[];
  readonly initializer: Initializer;
  /** Number of inputs and of outputs, as Keras counts them. Of vectors both are their length. */
  readonly fanIn: number;
  readonly fanOut: number;
}

type Kind<K extends string> = Extract<Initializer, { readonly kind: K }>;
type Scaling = Kind<'varianceScaling'>;

const STDDEV = 0.05;

/** What part of the standard deviation is left when everything beyond two of them is drawn again. */
const TRUNCATED = 0.87962566103423978;

const scaling = (scale: number, mode: Scaling['mode'], distribution: Scaling['distribution']): Scaling => ({
  kind: 'varianceScaling',
  scale,
  mode,
  distribution,
});

const NAMED: { readonly [N in InitializerName]: Exclude<Initializer, string> } = {
  zeros: { kind: 'constant', value: 0 },
  ones: { kind: 'constant', value: 1 },
  glorotUniform: scaling(1, 'fanAvg', 'uniform'),
  glorotNormal: scaling(1, 'fanAvg', 'truncatedNormal'),
  heUniform: scaling(2, 'fanIn', 'uniform'),
  heNormal: scaling(2, 'fanIn', 'truncatedNormal'),
  lecunUniform: scaling(1, 'fanIn', 'uniform'),
  lecunNormal: scaling(1, 'fanIn', 'truncatedNormal'),
  randomUniform: { kind: 'randomUniform' },
  randomNormal: { kind: 'randomNormal' },
  truncatedNormal: { kind: 'truncatedNormal' },
  orthogonal: { kind: 'orthogonal' },
};

/** Fills `data` with first weights. */
export function initialize(data: Float32Array, weight: InitializedWeight, random: RandomGenerator): void {
  const chosen = typeof weight.initializer === 'string' ? NAMED[weight.initializer] : weight.initializer;
  const draw = (next: () => number): void => {
    for (let i = 0; i < data.length; i++) data[i] = next();
  };
  switch (chosen.kind) {
    case 'constant':
      data.fill(chosen.value);
      return;
    case 'randomUniform': {
      const { minval = -STDDEV, maxval = STDDEV } = chosen;
      draw(() => random.nextBetween(minval, maxval));
      return;
    }
    case 'randomNormal': {
      const { mean = 0, stddev = STDDEV } = chosen;
      draw(() => mean + stddev * random.nextNormal());
      return;
    }
    case 'truncatedNormal': {
      const { mean = 0, stddev = STDDEV } = chosen;
      draw(() => mean + stddev * nextTruncated(random));
      return;
    }
    case 'orthogonal':
      fillOrthogonal(data, weight, chosen.gain ?? 1, random);
      return;
    case 'varianceScaling':
      drawScaled(chosen, weight, random, draw);
  }
}

function drawScaled(
  { scale, mode, distribution }: Scaling,
  { shape, fanIn, fanOut }: InitializedWeight,
  random: RandomGenerator,
  draw: (next: () => number) => void,
): void {
  const [inputs, outputs] = shape.length < 2 ? [shape[0] ?? 1, shape[0] ?? 1] : [fanIn, fanOut];
  const count = { fanIn: inputs, fanOut: outputs, fanAvg: (inputs + outputs) / 2 }[mode];
  const variance = scale / Math.max(1, count);
  if (distribution === 'uniform') {
    const limit = Math.sqrt(3 * variance);
    draw(() => random.nextBetween(-limit, limit));
  } else if (distribution === 'untruncatedNormal') {
    draw(() => Math.sqrt(variance) * random.nextNormal());
  } else {
    const stddev = Math.sqrt(variance) / TRUNCATED;
    draw(() => stddev * nextTruncated(random));
  }
}

function nextTruncated(random: RandomGenerator): number {
  for (;;) {
    const value = random.nextNormal();
    if (Math.abs(value) <= 2) return value;
  }
}

/**
 * The weight as a matrix with a column for each output, in which the columns, or the rows where there are fewer of
 * them, are orthogonal and of length `gain`.
 */
function fillOrthogonal(data: Float32Array, weight: InitializedWeight, gain: number, random: RandomGenerator): void {
  const columns = outputsOf(weight);
  const rows = data.length / columns;
  const [count, length] = rows < columns ? [rows, columns] : [columns, rows];
  const vectors = orthonormal(count, length, random);
  const used = new Int32Array(columns);
  for (let i = 0; i < data.length; i++) {
    const column = columnOf(i, weight, columns);
    const row = used[column]++;
    data[i] = gain * (rows < columns ? vectors[row][column] : vectors[column][row]);
  }
}

/** Size of the last axis that Keras' weight has: `[in, out]`, `[height, width, in, out]`. */
function outputsOf({ shape, fanOut }: InitializedWeight): number {
  if (shape.length === 2) return shape[1];
  return shape.length === 4 ? fanOut / (shape[2] * shape[3]) : shape[0];
}

/** Here the outputs come first, but in matrices; the kernels of a depthwise channel follow each other. */
function columnOf(index: number, { shape }: InitializedWeight, columns: number): number {
  if (shape.length === 2) return index % columns;
  const inner = shape.slice(1).reduce((product, size) => product * size, 1);
  return Math.floor(index / inner) % columns;
}

/** Gram and Schmidt's way, each vector made orthogonal twice: once leaves rounding. */
function orthonormal(count: number, length: number, random: RandomGenerator): Float64Array[] {
  const vectors: Float64Array[] = [];
  while (vectors.length < count) {
    const vector = Float64Array.from({ length }, () => random.nextNormal());
    for (const pass of [...vectors, ...vectors]) {
      const share = dot(vector, pass);
      for (let i = 0; i < length; i++) vector[i] -= share * pass[i];
    }
    const size = Math.sqrt(dot(vector, vector));
    vectors.push(vector.map((value) => value / size));
  }
  return vectors;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
