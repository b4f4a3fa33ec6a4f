/** @file What a shape rule is: types of the inputs and attributes in, type of the result out. */
import { GraphError, type TensorType } from '../graph.ts';
import type { DataType, Op, OpAttributes, Shape } from '../ops.ts';

/** Throws `GraphError` when the operation cannot take these inputs. */
export type ShapeRule<O extends Op> = (inputs: readonly TensorType[], attributes: OpAttributes[O]) => TensorType;

export type ShapeRules<O extends Op> = { readonly [P in O]: ShapeRule<P> };

export function expectThat(condition: boolean, expectation: string): asserts condition {
  if (!condition) throw new GraphError(`${expectation} was expected.`);
}

export function expectInputs(inputs: readonly TensorType[], low: number, high = low): void {
  expectThat(
    inputs.length >= low && inputs.length <= high,
    low === high ? `${low} inputs` : `between ${low} and ${high} inputs`,
  );
}

export function expectFloat(inputs: readonly TensorType[]): void {
  expectThat(
    inputs.every((input) => input.type === 'float32'),
    'float32',
  );
}

export function float(shape: Shape): TensorType {
  return { type: 'float32', shape };
}

export function tensor(type: DataType, shape: Shape): TensorType {
  return { type, shape };
}
