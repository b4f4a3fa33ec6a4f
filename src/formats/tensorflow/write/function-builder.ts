/** @file Puts a TensorFlow function together, node by node. */
import { create } from '@bufbuild/protobuf';
import { tf } from '../../../proto/index.ts';
import { attribute, floats, integers, type TfShape, texts, typeNumber } from './attributes.ts';
import { OPS, type OpRule, type TfOp, type TfType } from './ops.ts';

/** A tensor inside a function. */
export interface TfValue {
  /** As nodes of functions name it: an argument, or `node:result:index`. */
  readonly ref: string;
  readonly type: TfType;
}

export type TfAttributes = Readonly<Record<string, tf.AttrValue>>;

export class FunctionBuilder {
  readonly #inputs: { readonly name: string; readonly type: TfType; readonly shape: TfShape }[] = [];
  readonly #outputs: { readonly name: string; readonly value: TfValue }[] = [];
  readonly #nodes: tf.NodeDef[] = [];
  readonly #names = new Set<string>();
  readonly #constants = new Map<string, TfValue>();
  /** What the next nodes are for, such as the name of a layer: begins their names. */
  scope = '';

  input(name: string, type: TfType, shape: TfShape): TfValue {
    this.#names.add(name);
    this.#inputs.push({ name, type, shape });
    return { ref: name, type };
  }

  /** Adds a node; its types follow from the op's rule, unless `type` says what it gives. */
  node(op: TfOp, inputs: readonly TfValue[], attributes: TfAttributes = {}, type?: TfType): TfValue {
    return this.results(op, inputs, attributes, [type ?? givenType(op, inputs)])[0];
  }

  /** As `node`, for ops with a list of results. */
  results(
    op: TfOp,
    inputs: readonly TfValue[],
    attributes: TfAttributes,
    types: readonly TfType[],
  ): readonly TfValue[] {
    const name = this.#freshName(op);
    const rule: OpRule = OPS[op];
    const typed = Object.entries(rule.types ?? {}).map(([key, index]) => [key, attribute.type(inputs[index].type)]);
    const attr = { ...Object.fromEntries(typed), ...attributes };
    this.#nodes.push(create(tf.NodeDefSchema, { name, op, input: inputs.map(({ ref }) => ref), attr }));
    return types.map((type, index) => ({ ref: `${name}:${rule.result}:${index}`, type }));
  }

  /** Another result of the node that gives `value`. */
  other(value: TfValue, result: string, type: TfType): TfValue {
    return { ref: `${value.ref.split(':')[0]}:${result}:0`, type };
  }

  float(value: number): TfValue {
    return this.floats([value], []);
  }

  floats(values: ArrayLike<number>, shape: readonly number[] = [values.length]): TfValue {
    return this.#constant('DT_FLOAT', floats(values, shape), `f${shape}:${Array.from(values)}`);
  }

  int(value: number): TfValue {
    return this.#constant('DT_INT32', integers([value], []), `i:${value}`);
  }

  ints(...values: number[]): TfValue {
    return this.#constant('DT_INT32', integers(values, [values.length]), `i[]:${values}`);
  }

  /** Rows of whole numbers. */
  intRows(rows: readonly (readonly number[])[]): TfValue {
    return this.#constant('DT_INT32', integers(rows.flat(), [rows.length, rows[0].length]), `i[][]:${rows.join(';')}`);
  }

  text(value: string | Uint8Array): TfValue {
    return this.#constant('DT_STRING', texts([value], []), `s:${Buffer.from(value as string).toString('hex')}`);
  }

  texts(values: readonly string[], shape: readonly number[] = [values.length]): TfValue {
    return this.#constant('DT_STRING', texts(values, shape), `s${shape}:${JSON.stringify(values)}`);
  }

  output(name: string, value: TfValue): void {
    this.#outputs.push({ name, value: this.node('Identity', [value]) });
  }

  get outputTypes(): readonly TfType[] {
    return this.#outputs.map(({ value }) => value.type);
  }

  finish(name: string, isStateful: boolean): tf.FunctionDef {
    const argument = (name: string, type: TfType) => create(tf.OpDef_ArgDefSchema, { name, type: typeNumber(type) });
    return create(tf.FunctionDefSchema, {
      signature: {
        name,
        inputArg: this.#inputs.map((input) => argument(input.name, input.type)),
        outputArg: this.#outputs.map((output) => argument(output.name, output.value.type)),
        isStateful,
      },
      nodeDef: this.#nodes,
      ret: Object.fromEntries(this.#outputs.map((output) => [output.name, output.value.ref])),
      argAttr: Object.fromEntries(
        this.#inputs.map(({ shape }, index) => [
          index,
          create(tf.FunctionDef_ArgAttrsSchema, { attr: { _output_shapes: attribute.shapes([shape]) } }),
        ]),
      ),
    });
  }

  /** Equal constants are one node. */
  #constant(type: TfType, value: tf.TensorProto, key: string): TfValue {
    const known = this.#constants.get(key);
    if (known) return known;
    const made = this.node('Const', [], { dtype: attribute.type(type), value: attribute.tensor(value) }, type);
    this.#constants.set(key, made);
    return made;
  }

  #freshName(op: string): string {
    const base = nodeName(this.scope === '' ? op : `${this.scope}/${op}`);
    let name = base;
    for (let count = 1; this.#names.has(name); count++) name = `${base}_${count}`;
    this.#names.add(name);
    return name;
  }
}

function givenType(op: TfOp, inputs: readonly TfValue[]): TfType {
  const { gives } = OPS[op];
  return typeof gives === 'number' ? inputs[gives].type : gives;
}

/** A name that TensorFlow takes for a node: letters, digits and `_./-`, beginning with a letter. */
export function nodeName(text: string): string {
  const name = text.replace(/[^A-Za-z0-9_./-]/g, '_');
  return /^[A-Za-z]/.test(name) ? name : `n${name}`;
}
