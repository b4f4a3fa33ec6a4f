/**
 * @file Picture files that a graph takes. What it does to each file by itself, from the decoded pixels on, becomes a graph of
 * its own: pictures differ in size until it has stretched or cut them, and only then are they a batch.
 */
import { type DataType, PICTURE_NODE, type PictureFiles, type TensorInfo } from '../../../../contracts/index.ts';
import { Unsupported } from '../refuse.ts';
import type { OnnxDraft } from './draft.ts';
import type { Dims, Value } from './value.ts';

/** How an operator reads files. */
export interface Decoding {
  /** Null when the file decides; colour is then what everybody sends. */
  readonly channels: 1 | 3 | null;
  /** The files come in web-safe base64. */
  readonly base64: boolean;
}

/** What the graph of pictures is written into. */
interface Writer {
  readonly draft: OnnxDraft;
  numbers(name: string, dtype: DataType, shape: readonly number[] | null): string;
  value(node: string, dtype: DataType, shape: Dims | null): Value;
  plain(value: Value): string;
}

/** The graph from one decoded picture to what the rest takes of it. */
export class PictureGraph<W extends Writer> {
  /** Input of the signature, or feature of its records, that holds the files. */
  readonly alias: string;
  readonly conversion: W;
  /** uint8 `[height, width, channels]`. */
  readonly pixels: Value;
  readonly #decoding: Decoding;
  readonly #channels: 1 | 3;
  readonly #outputs = new Map<Value, Value>();
  readonly #nodes: Record<string, TensorInfo> = {};

  constructor(alias: string, decoding: Decoding, conversion: W) {
    this.alias = alias;
    this.conversion = conversion;
    this.#decoding = decoding;
    this.#channels = decoding.channels ?? 3;
    const node = conversion.numbers(PICTURE_NODE, 'DT_UINT8', [-1, -1, this.#channels]);
    this.pixels = conversion.value(node, 'DT_UINT8', [null, null, this.#channels]);
  }

  fits({ channels, base64 }: Decoding): boolean {
    return (channels ?? 3) === this.#channels && base64 === this.#decoding.base64;
  }

  /**
   * One picture's tensor, with a batch of one in front, as an input of the other graph: all pictures' together.
   * @param fresh adds that input
   */
  output(value: Value, fresh: (info: TensorInfo) => Value): Value {
    const known = this.#outputs.get(value);
    if (known) return known;
    const shape = [-1, ...(value.shape as Dims).slice(1).map((size) => size ?? -1)];
    const input = fresh({ dtype: value.dtype, shape });
    const node = input.node as string;
    this.conversion.draft.output(node, this.conversion.plain(value), value.dtype, [1, ...shape.slice(1)]);
    this.#nodes[node] = { dtype: value.dtype, shape };
    this.#outputs.set(value, input);
    return input;
  }

  /** Null when nothing of the pictures is needed. */
  finish(): { readonly files: Omit<PictureFiles, 'graph'>; readonly graph: Uint8Array } | null {
    if (this.#outputs.size === 0) return null;
    const { base64 } = this.#decoding;
    return {
      files: { channels: this.#channels, ...(base64 ? { base64 } : {}), nodes: this.#nodes },
      graph: this.conversion.draft.toBytes(),
    };
  }
}

/** Those of one signature, by the input or feature that holds the files. */
export class PictureGraphs<W extends Writer> {
  readonly #graphs = new Map<string, PictureGraph<W>>();
  readonly #make: () => W;

  constructor(make: () => W) {
    this.#make = make;
  }

  /** @throws Unsupported when the same files are read in two ways */
  of(alias: string, decoding: Decoding): PictureGraph<W> {
    const known = this.#graphs.get(alias);
    if (known && !known.fits(decoding)) throw new Unsupported('it decodes one picture in two ways', []);
    const graph = known ?? new PictureGraph(alias, decoding, this.#make());
    this.#graphs.set(alias, graph);
    return graph;
  }

  /** The one that a value of this kind was computed in. */
  by(alias: string): PictureGraph<W> {
    return this.#graphs.get(alias)!;
  }

  get all(): ReadonlyMap<string, PictureGraph<W>> {
    return this.#graphs;
  }
}
