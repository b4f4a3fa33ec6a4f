/** @file What a model serves under which names: its signatures, as plain JSON. */

/** What one output of a signature holds, for each picture. */
export type ServedOutput =
  /** float32 `[classes]`, in the order of the labels; with `classes` those of these numbers alone. */
  | { readonly kind: 'probabilities'; readonly classes?: readonly number[] }
  /** float32 `[classes]`, as the network gives them, before softmax. */
  | { readonly kind: 'logits' }
  /** float32, what a layer of the network gives: `[n]` or `[height, width, channels]`. A feature vector, mostly. */
  | { readonly kind: 'layer'; readonly layer: string }
  /** Texts `[classes]`: all labels, in their order. */
  | { readonly kind: 'labels' }
  /** Texts `[count]`: the most probable labels, best first; all of them when there are fewer. */
  | { readonly kind: 'topLabels'; readonly count: number }
  /** float32 `[count]`: their probabilities. */
  | { readonly kind: 'topProbabilities'; readonly count: number };

/**
 * One way to call a model. `pixels` takes float32 `[n, height, width, channels]`, 0..255, or in the range of a model that was
 * made elsewhere; `pictures` takes the bytes of picture files `[n]`, of any size and format; `examples` takes serialised
 * `tf.Example`s `[n]` with such bytes in the feature `image/encoded`, and is called by TensorFlow Serving's classify.
 */
export interface SignatureSpec {
  readonly input: {
    readonly name: string;
    readonly kind: 'pixels' | 'pictures' | 'examples';
    /** Of one picture's pixels, where models made elsewhere take them otherwise: `[height, width]` or a row `[n]`. */
    readonly shape?: readonly number[];
  };
  readonly outputs: Readonly<Record<string, ServedOutput>>;
}

/** Signatures by name; requests that name none mean `serving_default`. */
export type SignatureSpecs = Readonly<Record<string, SignatureSpec>>;

/** What every model serves unless its network's author chose otherwise. */
export const DEFAULT_SIGNATURES = {
  serving_default: {
    input: { name: 'input_tensor', kind: 'pixels' },
    outputs: { output_0: { kind: 'probabilities' } },
  },
  serving_bytes: {
    input: { name: 'image_bytes_string', kind: 'pictures' },
    outputs: { output_0: { kind: 'probabilities' } },
  },
  classify: {
    input: { name: 'inputs', kind: 'examples' },
    outputs: { classes: { kind: 'labels' }, scores: { kind: 'probabilities' } },
  },
} as const satisfies SignatureSpecs;

/** Feature of a `tf.Example` with the bytes of a picture file. */
export const EXAMPLE_PICTURE = 'image/encoded';
