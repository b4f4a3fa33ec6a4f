/**
 * @file The names that values have in an ONNX file, in each of two layouts.
 *
 * *Plain* is `[n, c, h, w]`. *Blocked* is `[n, c / block, h, w, block]`, the layout of the runtime's fastest convolutions; the
 * file still calls it `[n, c, h, w]`. A value is computed in one layout and brought into the other when somebody asks.
 */
import { GraphError, type Value } from '../graph/graph.ts';
import { BLOCK_DOMAIN, ONNX_TYPES, type OnnxWriter } from './writer.ts';

export class Layouts {
  readonly #writer: OnnxWriter;
  readonly #block: number;
  readonly #plain = new Map<number, string>();
  readonly #blocked = new Map<number, string>();
  /** Names that values must have when they are outputs of the file. */
  readonly #outputNames: ReadonlyMap<number, string>;

  /** @param block channels in a block; 1 when the runtime has no such layout */
  constructor(writer: OnnxWriter, block: number, outputNames: ReadonlyMap<number, string>) {
    this.#writer = writer;
    this.#block = block;
    this.#outputNames = outputNames;
  }

  setPlain(value: Value, name: string): void {
    this.#plain.set(value.id, name);
  }

  setBlocked(value: Value, name: string): void {
    this.#blocked.set(value.id, name);
  }

  /** The name that the plain value should be given. */
  newName(value: Value, hint: string): string {
    return this.#outputNames.get(value.id) ?? this.#writer.freshName(hint);
  }

  isBlocked(value: Value): boolean {
    return this.#blocked.has(value.id);
  }

  /** Whether a value can lie in blocks: a picture whose channels fill them. */
  fits({ shape }: Pick<Value, 'shape'>): boolean {
    const channels = shape[1];
    return this.#block > 1 && shape.length === 4 && typeof channels === 'number' && channels % this.#block === 0;
  }

  plain(value: Value): string {
    const known = this.#plain.get(value.id);
    if (known !== undefined) return known;
    const blocked = this.#blocked.get(value.id);
    if (blocked === undefined) throw new GraphError(`Value ${value.id} is used before it is computed.`);
    const name = this.newName(value, 'plain');
    this.#unblock(value, blocked, name);
    this.#plain.set(value.id, name);
    return name;
  }

  blocked(value: Value): string {
    const known = this.#blocked.get(value.id);
    if (known !== undefined) return known;
    if (value.type !== 'float32') throw new GraphError(`Value ${value.id} is ${value.type}; only float32 is blocked.`);
    const name = this.#writer.node(
      'ReorderInput',
      [this.plain(value)],
      { channels_last: 0 },
      this.#writer.freshName('blocked'),
      BLOCK_DOMAIN,
    );
    this.#blocked.set(value.id, name);
    return name;
  }

  #unblock(value: Value, blocked: string, name: string): void {
    const attributes = { channels: value.shape[1] as number, channels_last: 0 };
    if (value.type === 'float32') {
      this.#writer.node('ReorderOutput', [blocked], attributes, name, BLOCK_DOMAIN);
      return;
    }
    // Reordering knows float32 only.
    const numbers = this.#writer.node('Cast', [blocked], { to: ONNX_TYPES.float32 });
    const fresh = this.#writer.freshName('plain');
    this.#writer.node('ReorderOutput', [numbers], attributes, fresh, BLOCK_DOMAIN);
    this.#writer.node('Cast', [fresh], { to: ONNX_TYPES[value.type] }, name);
  }
}
