/** @file What a preset is. */
import type { ImageShape, NetworkSpec, OptimizerSpec, ScheduleSpec } from '../../contracts/index.ts';

export interface PresetShape extends ImageShape {
  /** Number of classes, 2 or more. */
  readonly classes: number;
}

/** A network with the settings that it is usually trained with. */
export interface Preset {
  readonly title: string;
  readonly description: string;
  /** Where the network is from. */
  readonly source: string;
  /** Size of pictures that it is made for; others work as long as the pools leave something. */
  readonly image: ImageShape;
  readonly batchSize: number;
  readonly epochs: number;
  readonly optimizer: OptimizerSpec;
  /** Default: constant. */
  readonly schedule?: ScheduleSpec;
  /** Weights that the network's authors published, trained on ImageNet: a Keras file and its checksum, if that was published, too. */
  readonly pretrained?: { readonly url: string; readonly checksum?: string };
  /** @throws `network_invalid` when the pictures are too small */
  build(shape: PresetShape): NetworkSpec;
}

/** Pixels 0..255 become 0..1. */
export const UNIT_SCALE = 1 / 255;

/** Pixels 0..255 become -1..1. */
export const SIGNED_UNIT = { scale: 1 / 127.5, offset: -1 } as const;
