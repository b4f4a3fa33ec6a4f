/** @file The attributes of one operator, by kind. */
import type { DataType } from '../../../../contracts/index.ts';
import { dataTypeOf, type tf } from '../../../../proto/index.ts';
import { Unsupported } from '../refuse.ts';
import { shapeOf } from '../tensors.ts';

type Case = tf.AttrValue['value'];
type ValueOf<K extends Case['case']> = Extract<Case, { case: K }> extends { value: infer V } ? V : never;

/** Every getter takes what is meant when the attribute is left out: files are stripped of defaults. */
export class Attributes {
  readonly #values: Readonly<Record<string, tf.AttrValue>>;
  readonly #node: string;

  constructor(node: string, values: Readonly<Record<string, tf.AttrValue>>) {
    this.#node = node;
    this.#values = values;
  }

  int(name: string, otherwise: number): number {
    return Number(this.#get(name, 'i') ?? otherwise);
  }

  float(name: string, otherwise: number): number {
    return this.#get(name, 'f') ?? otherwise;
  }

  bool(name: string, otherwise: boolean): boolean {
    return this.#get(name, 'b') ?? otherwise;
  }

  text(name: string, otherwise: string): string {
    const value = this.#get(name, 's');
    return value === undefined ? otherwise : Buffer.from(value).toString('utf8');
  }

  texts(name: string): string[] {
    return (this.#get(name, 'list')?.s ?? []).map((value) => Buffer.from(value).toString('utf8'));
  }

  ints(name: string): number[] {
    return (this.#get(name, 'list')?.i ?? []).map(Number);
  }

  /** Null for types that no tensor here has. */
  type(name: string, otherwise: DataType | null = null): DataType | null {
    const value = this.#get(name, 'type');
    return value === undefined ? otherwise : dataTypeOf(value);
  }

  types(name: string): (DataType | null)[] {
    return (this.#get(name, 'list')?.type ?? []).map(dataTypeOf);
  }

  /** Sizes with -1 for any; null for any number of them. */
  shape(name: string): number[] | null {
    return shapeOf(this.#get(name, 'shape'));
  }

  shapes(name: string): (number[] | null)[] {
    return (this.#get(name, 'list')?.shape ?? []).map(shapeOf);
  }

  /** How many there are in a list of any kind. */
  count(name: string): number {
    const list = this.#get(name, 'list');
    if (!list) return 0;
    return Math.max(list.s.length, list.i.length, list.f.length, list.b.length, list.type.length, list.shape.length);
  }

  tensor(name: string): tf.TensorProto | undefined {
    return this.#get(name, 'tensor');
  }

  funcs(name: string): string[] {
    return (this.#get(name, 'list')?.func ?? []).map((func) => func.name);
  }

  func(name: string): string | undefined {
    return this.#get(name, 'func')?.name;
  }

  #get<K extends Exclude<Case['case'], undefined>>(name: string, kind: K): ValueOf<K> | undefined {
    const value = this.#values[name]?.value;
    if (value === undefined || value.case === undefined) return undefined;
    if (value.case !== kind) {
      const fix = 'Save the model again with a newer TensorFlow.';
      throw new Unsupported(
        `the attribute "${name}" of "${this.#node}" is ${value.case}, not ${kind}`,
        [this.#node],
        fix,
      );
    }
    return value.value as ValueOf<K>;
  }
}
