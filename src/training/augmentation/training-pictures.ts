/** @file The pictures of a training step: read, augmented, mixed. */
import { type AugmentationSpec, RandomGenerator } from '../../contracts/index.ts';
import type { SplitReader } from '../../dataset/index.ts';
import { Augmenter } from './augmenter.ts';
import { drawShare, mix } from './mixup.ts';

/** With mixup: what the second picture of each pair adds. */
export interface MixTargets {
  readonly labels2: BigInt64Array;
  /** Share of the first picture and its label, 0..1. */
  readonly mix: Float32Array;
}

/**
 * Reads pictures by their indices. What happens to one depends on the seed, the epoch and its index alone: neither on the
 * replica that reads it nor on its place in the batch, so that any split of the work, and any resumed run, sees the same pixels.
 */
export class TrainingPictures {
  readonly #reader: SplitReader;
  readonly #seed: number;
  readonly #spec: AugmentationSpec | null;
  readonly #augmenter: Augmenter | null;
  /** Second pictures of a batch, when they are mixed. */
  #others = new Uint8Array(0);
  #partners = new Int32Array(0);

  constructor(
    reader: SplitReader,
    options: {
      readonly imageShape: readonly [height: number, width: number, channels: number];
      readonly seed: number;
      readonly augmentation: AugmentationSpec | null;
    },
  ) {
    const { imageShape, seed, augmentation } = options;
    const [height, width, channels] = imageShape;
    this.#reader = reader;
    this.#seed = seed;
    this.#spec = augmentation;
    this.#augmenter = augmentation && new Augmenter(augmentation, { height, width, channels: channels === 1 ? 1 : 3 });
  }

  /**
   * Fills `pixels` with the pictures, one after the other.
   * @param targets of at least as many elements; required when the recipe mixes
   */
  read(indices: Int32Array, epoch: number, pixels: Uint8Array, targets: MixTargets | null): void {
    this.#reader.readImages(indices, pixels);
    if (!this.#augmenter || !this.#spec) return;
    const { imageBytes } = this.#reader;
    const { mixup = 0 } = this.#spec;
    for (let i = 0; i < indices.length; i++) {
      this.#augmenter.augment(pixels, i * imageBytes, this.#stream(epoch, indices[i]));
    }
    if (mixup > 0 && targets) this.#mix(indices, epoch, pixels, targets, mixup);
  }

  #mix(indices: Int32Array, epoch: number, pixels: Uint8Array, targets: MixTargets, alpha: number): void {
    const { imageBytes, labels, count } = this.#reader;
    const { length } = indices;
    if (this.#partners.length < length) {
      this.#partners = new Int32Array(length);
      this.#others = new Uint8Array(length * imageBytes);
    }
    const partners = this.#partners.subarray(0, length);
    const shares = targets.mix;
    for (let i = 0; i < length; i++) {
      const generator = new RandomGenerator(this.#seed, `mixup/${epoch}/${indices[i]}`);
      partners[i] = generator.nextInteger(count);
      shares[i] = drawShare(generator, alpha);
      targets.labels2[i] = BigInt(labels[partners[i]]);
    }
    this.#reader.readImages(partners, this.#others);
    for (let i = 0; i < length; i++) {
      const other = this.#others.subarray(i * imageBytes, (i + 1) * imageBytes);
      this.#augmenter?.augment(other, 0, this.#stream(epoch, indices[i], '/partner'));
      mix(pixels, i * imageBytes, (i + 1) * imageBytes, other, shares[i]);
    }
  }

  #stream(epoch: number, index: number, use = ''): RandomGenerator {
    return new RandomGenerator(this.#seed, `augment/${epoch}/${index}${use}`);
  }
}
