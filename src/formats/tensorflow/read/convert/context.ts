/** @file What a conversion writes into, and how its rules ask for tensors in the order of axes that they need. */
import type { DataType } from '../../../../contracts/index.ts';
import type { Attributes } from '../graph/attributes.ts';
import { Unsupported } from '../refuse.ts';
import { type OnnxAttribute, OnnxDraft } from './draft.ts';
import { ExampleInputs } from './example-inputs.ts';
import { isComplete, type Known, reshapeKnown, transposeKnown } from './known.ts';
import { PictureGraphs } from './picture-graphs.ts';
import type { Dims, Layout, LookupTable, Special, Value } from './value.ts';

const TO_CHANNELS_FIRST = [0, 3, 1, 2];
const TO_PLAIN = [0, 2, 3, 1];

/** One node that is converted. */
export interface Call {
  readonly op: string;
  readonly name: string;
  readonly attributes: Attributes;
  readonly inputs: readonly Value[];
  readonly to: Conversion;
}

/** Gives the outputs of a node, in their order. One alone needs no list. */
export type Rule = (call: Call) => Value | readonly Value[];

/** What a graph keeps between calls, known when it is read. */
export interface Resources {
  /** Values of variables, by the names of their nodes. */
  readonly variables: ReadonlyMap<string, Value>;
  /** By `tableName`; why not, for those that cannot be read. */
  readonly tables: ReadonlyMap<string, LookupTable | Unsupported>;
}

export class Conversion implements Resources {
  /** Name of the model, for messages. */
  readonly file: string;
  readonly variables: Resources['variables'];
  readonly tables: Resources['tables'];
  readonly draft = new OnnxDraft();
  readonly pictures: PictureGraphs<Conversion>;
  readonly examples: ExampleInputs;
  readonly #inputs = new Map<string, readonly (number | null)[] | null>();
  readonly #names = new Map<Value, Map<Layout, string>>();

  constructor(file: string, { variables, tables }: Resources) {
    this.file = file;
    this.variables = variables;
    this.tables = tables;
    this.examples = new ExampleInputs((name) => this.#inputs.has(name));
    this.pictures = new PictureGraphs(() => new Conversion(file, { variables, tables }));
  }

  /** Adds an input to the graph, or gives the one that is there. @returns its name */
  numbers(name: string, dtype: DataType, shape: readonly number[] | null): string {
    if (!this.#inputs.has(name)) this.draft.input(name, dtype, shape);
    this.#inputs.set(name, shape);
    return name;
  }

  /** Inputs that the graph has by now. */
  get inputs(): ReadonlySet<string> {
    return new Set(this.#inputs.keys());
  }

  /** A tensor that ONNX has. */
  value(
    node: string,
    dtype: DataType,
    shape: Dims | null,
    layout: Layout = 'plain',
    known: Known | null = null,
  ): Value {
    return { dtype, shape, known, node, layout };
  }

  constant(known: Known): Value {
    return { dtype: known.dtype, shape: known.shape, known, node: null, layout: 'plain' };
  }

  special(special: Special, dtype: DataType, shape: Dims | null): Value {
    return { dtype, shape, known: null, node: null, layout: 'plain', special };
  }

  /** Adds a node with one result. */
  emit(
    op: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, OnnxAttribute>>,
    {
      dtype,
      shape,
      layout = 'plain',
    }: { readonly dtype: DataType; readonly shape: Dims | null; readonly layout?: Layout },
  ): Value {
    return this.value(this.draft.node(op, inputs, attributes), dtype, shape, layout);
  }

  /** The ONNX tensor of a value, in TensorFlow's order of axes. */
  plain(value: Value): string {
    return this.in(value, 'plain');
  }

  /** The same as `[n, channels, height, width]`. The value has four dimensions. */
  channelsFirst(value: Value): string {
    return this.in(value, 'channelsFirst');
  }

  /** @throws Unsupported for what is no tensor, or is not known */
  in(value: Value, layout: Layout): string {
    const names = this.#names.get(value) ?? new Map<Layout, string>();
    this.#names.set(value, names);
    const known = names.get(layout);
    if (known !== undefined) return known;
    const name = this.#make(value, layout);
    names.set(layout, name);
    return name;
  }

  #make(value: Value, layout: Layout): string {
    if (value.special?.kind === 'files' && !value.special.base64)
      return this.numbers(value.special.alias, 'DT_STRING', value.special.shape);
    if (value.special) throw new Unsupported(WHAT_IT_IS[value.special.kind], []);
    if (value.known && isComplete(value.known)) {
      const permuted = layout === 'plain' ? value.known : transposeKnown(asRank4(value.known), TO_CHANNELS_FIRST);
      return this.draft.constant(permuted);
    }
    if (value.node === null) throw new Unsupported('a size is needed that is known only when it runs', []);
    if (value.layout === layout) return value.node;
    if (layout === 'plain') return this.draft.node('Transpose', [value.node], { perm: TO_PLAIN });
    const rank = value.shape?.length ?? 4;
    if (rank > 4) throw new Unsupported(`a tensor of ${rank} dimensions meets pictures`, []);
    const widened = rank === 4 ? value.node : this.#widen(value.node, 4 - rank);
    return this.draft.node('Transpose', [widened], { perm: TO_CHANNELS_FIRST });
  }

  #widen(node: string, by: number): string {
    return this.draft.node('Unsqueeze', [node, this.draft.ints(Array.from({ length: by }, (_, axis) => axis))]);
  }

  /** A tensor with the same elements, of another shape; at most one size is not known. */
  reshape(value: Value, shape: Dims): Value {
    const unknown = shape.filter((size) => size === null).length;
    if (unknown > 1) throw new Unsupported('a reshape has several sizes that are not known', ['Reshape']);
    const target = this.draft.ints(shape.map((size) => size ?? -1));
    return this.emit('Reshape', [this.plain(value), target], {}, { dtype: value.dtype, shape });
  }
}

function asRank4(known: Known): Known {
  return reshapeKnown(known, [...new Array<number>(Math.max(0, 4 - known.shape.length)).fill(1), ...known.shape]);
}

const WHAT_IT_IS: Readonly<Record<Special['kind'], string>> = {
  files: 'it decodes texts that are no pictures',
  picture: 'its pictures have no fixed size',
  blocks: 'blocks of pixels are used for something else than a convolution that skips pixels',
  convolvedBlocks: 'blocks of pixels are used for something else than a convolution that skips pixels',
  fileCount: 'it computes with the number of its pictures',
  table: 'it uses a table for something else than looking up',
  nothing: 'it uses what is no tensor',
};

/** Sizes with null for any, from those with -1. */
export function dimsOf(shape: readonly number[] | null): Dims | null {
  return shape === null ? null : shape.map((size) => (size < 0 ? null : size));
}
