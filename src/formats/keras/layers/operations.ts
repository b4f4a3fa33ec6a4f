/**
 * @file Operations on results of layers, as `x / 127.5 - 1` leaves them in a model: of TensorFlow (`TFOpLambda`, Keras 2) and
 * of `keras.ops` (Keras 3). They are names with numbers, not code.
 */
import type { Activation, LayerType } from '../../../contracts/index.ts';
import { fieldsOf, textOf } from '../config/fields.ts';
import type { CallArgument, LayerCall, LayerConfig } from '../config/model-config.ts';
import { classRule } from './classes.ts';
import type { Place, ValueName } from './rule.ts';
import { unsupportedLayer } from './unsupported.ts';

type Operation = 'add' | 'subtract' | 'multiply' | 'divide' | 'negative' | 'maximum' | 'minimum' | 'mean' | Activation;

/** By the last part of the name, in lower case without underscores. */
const OPERATIONS: Readonly<Record<string, Operation>> = {
  add: 'add',
  addv2: 'add',
  biasadd: 'add',
  subtract: 'subtract',
  sub: 'subtract',
  multiply: 'multiply',
  mul: 'multiply',
  divide: 'divide',
  truediv: 'divide',
  truedivide: 'divide',
  div: 'divide',
  neg: 'negative',
  negative: 'negative',
  maximum: 'maximum',
  minimum: 'minimum',
  reducemean: 'mean',
  mean: 'mean',
  relu: 'relu',
  relu6: 'relu6',
  sigmoid: 'sigmoid',
  softmax: 'softmax',
  tanh: 'tanh',
  elu: 'elu',
  selu: 'selu',
  silu: 'silu',
  swish: 'silu',
  hardsilu: 'hardSwish',
  hardsigmoid: 'hardSigmoid',
};

const MERGES: Readonly<Partial<Record<string, Extract<LayerType, 'Add' | 'Subtract' | 'Multiply' | 'Maximum'>>>> = {
  add: 'Add',
  subtract: 'Subtract',
  multiply: 'Multiply',
  maximum: 'Maximum',
};

/** Whether a layer of a file is an operation. Of `Add` the call tells: layers take one list, operations two values. */
export function isOperation({ className, module, calls }: LayerConfig): boolean {
  if (className === 'TFOpLambda' || className === 'TensorFlowOpLayer') return true;
  if (module !== null) return /^keras(\.src)?\.ops\b/.test(module);
  const bare = operationOf(className);
  const call = calls[0];
  return bare !== undefined && !call?.isList && (call?.arguments.length > 1 || classRule(className) === undefined);
}

function operationOf(name: string): Operation | undefined {
  const key = (name.split('.').at(-1) ?? '').toLowerCase().replace(/_/g, '');
  return Object.hasOwn(OPERATIONS, key) ? OPERATIONS[key] : undefined;
}

/** The operation's name in the file. */
export function operationName({ className, config }: LayerConfig): string {
  return className === 'TFOpLambda' ? (textOf(config.function) ?? '') : className;
}

export function isKnownOperation(layer: LayerConfig): boolean {
  return operationOf(operationName(layer)) !== undefined;
}

type Operand = { readonly value: ValueName } | { readonly constant: number | readonly number[] };

/** @param resultOf results of other layers by their references */
export function readOperation(
  place: Place,
  call: LayerCall,
  resultOf: (argument: CallArgument) => ValueName | null,
): ValueName {
  const operation = operationOf(operationName(place.layer));
  if (operation === undefined) throw unsupportedLayer(place.layer, `is the operation ${operationName(place.layer)}`);
  const operands = operandsOf(place, call, resultOf);
  const [a, b] = operands;
  const values = operands.flatMap((operand) => ('value' in operand ? [operand.value] : []));
  if (values.length === 0) throw unsupportedLayer(place.layer, 'takes no result of another layer');
  switch (operation) {
    case 'negative':
      return place.own('Rescaling', { scale: -1 }, values);
    case 'mean':
      return mean(place, call, values);
    case 'add':
    case 'subtract':
    case 'multiply':
    case 'divide':
    case 'maximum':
    case 'minimum':
      break;
    default:
      return place.own('Activation', { activation: operation }, values);
  }
  if (!b) throw unsupportedLayer(place.layer, 'has one operand; two were expected');
  if ('value' in a && 'value' in b) return merged(place, operation, values);
  const constant = 'constant' in a ? a.constant : (b as { constant: number | readonly number[] }).constant;
  return scaled(place, operation, values[0], constant, 'constant' in a);
}

function operandsOf(
  place: Place,
  call: LayerCall,
  resultOf: (argument: CallArgument) => ValueName | null,
): readonly Operand[] {
  const named = ['x1', 'x', 'x2', 'y', 'bias'].flatMap((key) => (call.named[key] ? [call.named[key]] : []));
  const given = [...call.arguments, ...named].filter(
    (argument) => !('constant' in argument) || argument.constant !== null,
  );
  return given.flatMap((argument): Operand[] => {
    const value = resultOf(argument);
    if (value !== null) return [{ value }];
    const constant = 'constant' in argument ? numbersIn(argument.constant) : null;
    if (constant === null) throw unsupportedLayer(place.layer, 'takes a constant that is no number');
    return [{ constant }];
  });
}

function numbersIn(value: unknown): number | readonly number[] | null {
  if (typeof value === 'number') return value;
  if (Array.isArray(value)) {
    const flat: unknown[] = value.flat(8);
    return flat.every((part) => typeof part === 'number') ? (flat as number[]) : null;
  }
  const inner = fieldsOf(fieldsOf(value).config).value;
  return inner === undefined ? null : numbersIn(inner);
}

function merged(place: Place, operation: string, values: readonly ValueName[]): ValueName {
  const merge = MERGES[operation];
  if (merge) return place.own(merge, {}, values);
  if (operation === 'minimum') {
    const turned = values.map((value) => place.extra('Rescaling', { scale: -1 }, [value]));
    return place.own('Rescaling', { scale: -1 }, [place.extra('Maximum', {}, turned)]);
  }
  throw unsupportedLayer(place.layer, 'divides one result by another');
}

/** `x op constant`, or `constant op x` when `turned`. */
function scaled(
  place: Place,
  operation: string,
  value: ValueName,
  constant: number | readonly number[],
  turned: boolean,
): ValueName {
  const each = (change: (number: number) => number): number | readonly number[] =>
    typeof constant === 'number'
      ? change(constant)
      : constant.length === 1
        ? change(constant[0])
        : constant.map(change);
  const own = (scale: number | readonly number[], offset?: number | readonly number[]): ValueName =>
    place.own('Rescaling', offset === undefined ? { scale } : { scale, offset }, [value]);
  switch (operation) {
    case 'add':
      return own(
        1,
        each((number) => number),
      );
    case 'subtract':
      return turned
        ? own(
            -1,
            each((number) => number),
          )
        : own(
            1,
            each((number) => -number),
          );
    case 'multiply':
      return own(each((number) => number));
    case 'divide':
      if (!turned) return own(each((number) => 1 / number));
  }
  throw unsupportedLayer(place.layer, `computes ${operation} with a constant`);
}

function mean(place: Place, call: LayerCall, values: readonly ValueName[]): ValueName {
  const argument = call.named.axis ?? call.arguments[1];
  const axes = argument && 'constant' in argument ? argument.constant : fieldsOf(place.layer.config).axis;
  const keeps = call.named.keepdims;
  const keepdims = (keeps && 'constant' in keeps && keeps.constant === true) || place.layer.config.keepdims === true;
  if (JSON.stringify(axes) !== '[1,2]') throw unsupportedLayer(place.layer, 'is a mean over other axes than [1, 2]');
  return place.own('GlobalAveragePooling2D', keepdims ? { keepdims } : {}, values);
}
