/** @file What a served model takes and gives: named tensors with types and shapes. */
import type { ModelManifest } from '../contracts/index.ts';

export type DataType = 'DT_FLOAT' | 'DT_STRING';

/** -1 is any size. */
export interface TensorInfo {
  readonly dtype: DataType;
  readonly shape: readonly number[];
}

export interface Signature {
  readonly inputs: Readonly<Record<string, TensorInfo>>;
  readonly outputs: Readonly<Record<string, TensorInfo>>;
}

export const DEFAULT_SIGNATURE = 'serving_default';
export const PIXELS_INPUT = 'input_tensor';
export const BYTES_INPUT = 'image_bytes_string';
const OUTPUT = 'output_0';

export interface Signatures {
  /** Pixels 0..255. */
  readonly serving_default: Signature;
  /** Bytes of picture files, of any size and format. */
  readonly serving_bytes: Signature;
}

/** The two signatures of every trained model; both give probabilities in the order of the labels. */
export function signaturesOf(manifest: Pick<ModelManifest, 'input' | 'labels'>): Signatures {
  const { height, width, channels } = manifest.input;
  const outputs = { [OUTPUT]: { dtype: 'DT_FLOAT', shape: [-1, manifest.labels.length] } } as const;
  return {
    serving_default: {
      inputs: { [PIXELS_INPUT]: { dtype: 'DT_FLOAT', shape: [-1, height, width, channels] } },
      outputs,
    },
    serving_bytes: { inputs: { [BYTES_INPUT]: { dtype: 'DT_STRING', shape: [-1] } }, outputs },
  };
}
