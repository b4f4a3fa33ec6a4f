/** @file A network as plain JSON: layers with Keras names and arguments, joined by name. */

export const PADDINGS = ['valid', 'same'] as const;
export type Padding = (typeof PADDINGS)[number];

export const ACTIVATIONS = ['linear', 'relu', 'tanh', 'sigmoid', 'softmax'] as const;
export type Activation = (typeof ACTIVATIONS)[number];

/**
 * The layers, as a closed set. Shapes in the docs are without the batch; pictures are `[height, width, channels]`.
 * Argument names and meanings are Keras', in camelCase.
 */
export interface LayerConfigs {
  /** Element-wise `x * scale + offset`. */
  Rescaling: { readonly scale: number; readonly offset?: number };
  /** `[h, w, c]` → `[h', w', filters]`. */
  Conv2D: {
    readonly filters: number;
    readonly kernelSize: readonly [number, number];
    readonly strides?: readonly [number, number];
    readonly padding?: Padding;
    readonly activation?: Activation;
    readonly useBias?: boolean;
  };
  MaxPooling2D: PoolingConfig;
  AveragePooling2D: PoolingConfig;
  /** `[h, w, c]` → `[h * w * c]`. */
  Flatten: Record<string, never>;
  /** Sets a share of the inputs to 0 in training and scales the rest by `1 / (1 - rate)`; nothing in inference. */
  Dropout: { readonly rate: number };
  /** `[n]` → `[units]`. */
  Dense: { readonly units: number; readonly activation?: Activation; readonly useBias?: boolean };
  Activation: { readonly activation: Activation };
}

export interface PoolingConfig {
  readonly poolSize: readonly [number, number];
  /** Default: `poolSize`. */
  readonly strides?: readonly [number, number];
  readonly padding?: Padding;
}

export type LayerType = keyof LayerConfigs;

/** One use of a layer. `inputs` names earlier nodes, or `input` for the picture. */
export type LayerNode = {
  [T in LayerType]: {
    readonly name: string;
    readonly layer: T;
    readonly config: LayerConfigs[T];
    readonly inputs: readonly string[];
  };
}[LayerType];

/**
 * A classifier: raw pixels 0..255 `[batch, height, width, channels]` in, logits `[batch, classes]` out.
 * What the pixels need first (scaling) is its own first layer, so training and serving cannot disagree.
 */
export interface NetworkSpec {
  readonly name: string;
  readonly input: import('./dataset.ts').ImageShape;
  readonly nodes: readonly LayerNode[];
  /** Name of the node that gives the logits. */
  readonly output: string;
}
