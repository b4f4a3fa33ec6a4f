/** @file The four ways to ask a server of TensorFlow Serving's kind about pictures, and how many answers are right. */

/** Names as results show them. */
export const SERVING_WAYS = ['restTensors', 'restBytes', 'grpcTensors', 'grpcBytes'] as const;
export type ServingWay = (typeof SERVING_WAYS)[number];

/** Some pictures, in both forms. */
export interface PictureBatch {
  readonly count: number;
  /** `[count, …]`, in the model's own numbers. */
  readonly pixels: Float32Array;
  /** The same pictures as files. */
  files(): Promise<readonly Uint8Array[]>;
}

/** Scores of every picture, one number for each class. @throws `url_unreachable`, `url_status` */
export type Ask = (batch: PictureBatch) => Promise<readonly (readonly number[])[]>;

/** Index of the highest number; the first of equals. */
export function highest(scores: readonly number[]): number {
  let best = 0;
  for (let index = 1; index < scores.length; index++) if (scores[index] > scores[best]) best = index;
  return best;
}
