/** @file What every reader of model files gives: a network with weights, or graphs with the file's own signatures. */
import type {
  GraphSignature,
  ImageShape,
  InputLayout,
  InputRange,
  LayerRow,
  ModelFormat,
  ModelManifest,
  NetworkSpec,
  SignatureSpecs,
  WeightTensor,
} from '../contracts/index.ts';

export type { LayerRow };

/** A model as a file holds it. `network` or `graphs` is there, never both. */
export interface ImportedModel {
  readonly format: ModelFormat;
  /** Tool and version, as the file tells: `keras 2.10.0`. */
  readonly producer: string | null;
  /** Null when the file tells none. */
  readonly labels: readonly string[] | null;
  /** What a picture becomes for the model; null when it takes none, or its size is not told. */
  readonly input: ImageShape | null;
  /** Of the graph's input. Default `channelsLast`. */
  readonly inputLayout?: InputLayout;
  /** Null when the file does not tell. */
  readonly inputRange: InputRange | null;
  /** Null when the file does not tell. */
  readonly answers: ModelManifest['answers'] | null;
  /** How many numbers its weights are. */
  readonly parameters: number;
  /** Made of Pictor's layers: can be trained further. */
  readonly network: {
    readonly spec: NetworkSpec;
    readonly weights: ReadonlyMap<string, WeightTensor>;
    readonly signatures: SignatureSpecs;
  } | null;
  /** File name to ONNX bytes. */
  readonly graphs: Readonly<Record<string, Uint8Array>>;
  /** The file's own signatures, of `graphs`; empty for a network. */
  readonly signatures: Readonly<Record<string, GraphSignature>>;
  readonly layers: readonly LayerRow[];
  /** What was left out or guessed, for people. */
  readonly warnings: readonly string[];
}

/** Reads one format from a file or a folder. @throws `model_file_invalid`, `model_unsupported` */
export type ModelReader = (path: string, options?: ReadOptions) => Promise<ImportedModel>;

export interface ReadOptions {
  readonly signal?: AbortSignal;
  /** For models whose input does not tell its size. */
  readonly image?: Partial<ImageShape>;
}
