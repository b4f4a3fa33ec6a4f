/** @file Operators on numbers, one by one. `whole` is true for types of whole numbers. */

export const UNARY: Readonly<Record<string, (x: number, whole: boolean) => number>> = {
  Neg: (x) => -x,
  Abs: Math.abs,
  Exp: Math.exp,
  Log: Math.log,
  Log1p: Math.log1p,
  Sqrt: Math.sqrt,
  Rsqrt: (x) => 1 / Math.sqrt(x),
  Square: (x) => x * x,
  Reciprocal: (x) => 1 / x,
  Inv: (x) => 1 / x,
  Floor: Math.floor,
  Ceil: Math.ceil,
  Sign: Math.sign,
  Relu: (x) => Math.max(x, 0),
  Sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  Tanh: Math.tanh,
  LogicalNot: (x) => Number(!x),
};

export const BINARY: Readonly<Record<string, (x: number, y: number, whole: boolean) => number>> = {
  Add: (x, y) => x + y,
  AddV2: (x, y) => x + y,
  BiasAdd: (x, y) => x + y,
  Sub: (x, y) => x - y,
  Mul: (x, y) => x * y,
  RealDiv: (x, y) => x / y,
  Div: (x, y, whole) => (whole ? Math.trunc(x / y) : x / y),
  TruncateDiv: (x, y) => Math.trunc(x / y),
  DivNoNan: (x, y) => (y === 0 ? 0 : x / y),
  FloorDiv: (x, y) => Math.floor(x / y),
  FloorMod: (x, y) => x - y * Math.floor(x / y),
  Mod: (x, y) => x % y,
  Maximum: (x, y) => Math.max(x, y),
  Minimum: (x, y) => Math.min(x, y),
  Pow: (x, y) => x ** y,
  SquaredDifference: (x, y) => (x - y) ** 2,
};

export const COMPARE: Readonly<Record<string, (x: number, y: number) => boolean>> = {
  Equal: (x, y) => x === y,
  NotEqual: (x, y) => x !== y,
  Greater: (x, y) => x > y,
  GreaterEqual: (x, y) => x >= y,
  Less: (x, y) => x < y,
  LessEqual: (x, y) => x <= y,
  LogicalAnd: (x, y) => Boolean(x) && Boolean(y),
  LogicalOr: (x, y) => Boolean(x) || Boolean(y),
};
