/** @file What a rule of a Keras layer may ask for while it becomes layers of ours. */
import type { LayerConfigs, LayerType } from '../../../contracts/index.ts';
import type { LayerShape } from '../../../nn/index.ts';
import type { LayerConfig } from '../config/model-config.ts';
import type { LayerArguments } from './arguments.ts';

/** Name of a node of ours, or of the picture. */
export type ValueName = string;

/** Where a Keras layer is called. */
export interface Place {
  readonly layer: LayerConfig;
  readonly arguments: LayerArguments;
  /** Version of the Keras that wrote the file; 2 for TF.js. */
  readonly major: number;
  /** What it is called with; `null` in the place of a constant. */
  readonly inputs: readonly ValueName[];
  shapeOf(value: ValueName): LayerShape;
  /** Adds the node that is the layer itself: it has its name and its weights. */
  own<T extends LayerType>(layer: T, config: LayerConfigs[T], inputs?: readonly ValueName[]): ValueName;
  /** Adds a node without weights that the layer needs beside. */
  extra<T extends LayerType>(layer: T, config: LayerConfigs[T], inputs: readonly ValueName[]): ValueName;
  /** What an adapted Normalization has learnt; null when the file has it not. */
  statistics(): { readonly mean: readonly number[]; readonly variance: readonly number[] } | null;
  warn(text: string): void;
}

/** How one class of Keras becomes ours. */
export type ReadRule = (place: Place) => ValueName;

/** A class that cannot be read, and why. */
export interface Unread {
  readonly why: string;
}

export type ClassRule = ReadRule | Unread;
