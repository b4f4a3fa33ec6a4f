/** @file What a served model takes and gives, and how: signatures as every protocol tells them, with the plan behind each. */
import type { ExampleFeature, ImageShape, PictureFiles, TensorInfo } from '../../contracts/index.ts';
import type { ByteScale } from '../../runtime/index.ts';

/** A tensor of a signature, as metadata shows it. */
export interface ServedTensor extends TensorInfo {
  /** Its name in the graph: `x:0`. */
  readonly tensor: string;
}

/** Features of serialised `tf.Example`s, by the inputs of the graph that they become. */
export type ExampleFeatures = Readonly<Record<string, ExampleFeature>>;

export interface ServedSignature {
  /** `tensorflow/serving/predict`, `…/classify` or `…/regress`. */
  readonly method: string;
  readonly inputs: Readonly<Record<string, ServedTensor>>;
  readonly outputs: Readonly<Record<string, ServedTensor>>;
  /** Inputs that take serialised `tf.Example`s, with what is read from them; null when none does. */
  readonly examples: Readonly<Record<string, ExampleFeatures>> | null;
}

/** By name. Names come from files: look them up with `Object.hasOwn`. */
export type ServedSignatures = Readonly<Record<string, ServedSignature>>;

export const DEFAULT_SIGNATURE = 'serving_default';

export const METHODS = {
  predict: 'tensorflow/serving/predict',
  classify: 'tensorflow/serving/classify',
  regress: 'tensorflow/serving/regress',
} as const;

/** How picture files become an input of a graph. */
export interface PictureFeed {
  readonly node: string;
  readonly image: ImageShape;
  /** Without the batch: `[height, width, channels]`, `[channels, height, width]`, `[height, width]` or all in one row. */
  readonly shape: readonly number[];
  readonly channelsFirst: boolean;
  /** Null: the graph takes bytes as they are. */
  readonly scale: ByteScale | null;
}

/** How one input of a signature becomes inputs of the graph. */
export type FeedPlan =
  | {
      readonly kind: 'tensor';
      readonly alias: string;
      readonly node: string;
      /** Of one row in the graph, where the signature has another; null: the same. */
      readonly row: readonly number[] | null;
    }
  | { readonly kind: 'pictures'; readonly alias: string; readonly picture: PictureFeed }
  /** Picture files that the model prepares in its own way. */
  | { readonly kind: 'preparedPictures'; readonly alias: string; readonly files: PictureFiles }
  | {
      readonly kind: 'examples';
      readonly alias: string;
      readonly features: ExampleFeatures;
      /** Of features that are the bytes of picture files, by their names in `features`. */
      readonly pictures: Readonly<Record<string, PictureFiles>>;
    }
  /** Pictures inside of `tf.Example`s, under the feature's name. */
  | {
      readonly kind: 'examplePictures';
      readonly alias: string;
      readonly feature: string;
      readonly picture: PictureFeed;
    };

/** How one output of a signature comes from an output of the graph. */
export type OutputPlan =
  | { readonly kind: 'node'; readonly node: string }
  | { readonly kind: 'columns'; readonly node: string; readonly columns: readonly number[] }
  /** Of a graph's `[n, classes]`. */
  | { readonly kind: 'labels' | 'topLabels' | 'topValues'; readonly node: string; readonly count: number };

/**
 * `free`: every input and output has one row for each sample, any number of them, so that requests can be run together.
 * `single`: the same, but the graph takes exactly one. `none`: the first dimension means something else, or there is none.
 */
export type RowRule = 'free' | 'single' | 'none';

export interface SignaturePlan {
  readonly name: string;
  readonly served: ServedSignature;
  /** Name of the graph among those of the version. */
  readonly graph: string;
  readonly feeds: readonly FeedPlan[];
  readonly outputs: Readonly<Record<string, OutputPlan>>;
  readonly rows: RowRule;
}

/** How pictures that are sent without a signature are answered. */
export interface PicturePlan {
  readonly plan: SignaturePlan;
  readonly picture: PictureFeed;
  /** Output of the graph with one number for each label. */
  readonly node: string;
  /** Of that output: softmax makes probabilities of logits. */
  readonly answers: 'probabilities' | 'logits';
}

export function rowRuleOf(tensors: readonly TensorInfo[]): RowRule {
  const allHave = (rows: number) => tensors.every(({ shape }) => shape !== null && shape[0] === rows);
  if (allHave(-1)) return 'free';
  return allHave(1) ? 'single' : 'none';
}
