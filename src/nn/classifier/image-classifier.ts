/** @file The base class of networks that users write: the network, and what may be chosen beside it. */
import {
  DEFAULT_SIGNATURES,
  type ImageShape,
  type NetworkSpec,
  type SignatureSpecs,
  type TrainingDefaults,
} from '../../contracts/index.ts';
import type { NetworkValue } from '../network/functional.ts';
import type { Layer } from '../network/layer.ts';
import { rescaling } from '../network/sequential.ts';
import { type PresetShape, UNIT_SCALE } from '../presets/rule.ts';

/** What a function or class gives: layers in a row, the output of a functional network, or a whole network. */
export type NetworkDefinition = readonly Layer[] | NetworkValue | NetworkSpec;

/** What a file given as `--model ./my-net.ts` may export instead of a class. */
export type CreateModel = (shape: PresetShape) => NetworkDefinition | Promise<NetworkDefinition>;

/** Recognises the class also when the file has another copy of this package than the one that runs. */
export const CLASSIFIER_MARK = Symbol.for('pictor.ImageClassifier');

/**
 * A classifier of one's own. Only `createModelIo` must be written; every other method has a default and may be
 * overridden. Each is called once, before training, and what it returns is kept with the run and the model: neither
 * training nor serving needs the class again.
 *
 * @example
 * export default class SmallNet extends ImageClassifier {
 *   override createModelIo({ classes }: PresetShape) {
 *     return [conv2d({ filters: 16, kernelSize: [3, 3], activation: 'relu' }), flatten(), dense({ units: classes })];
 *   }
 * }
 */
export abstract class ImageClassifier {
  static readonly [CLASSIFIER_MARK] = true;

  /**
   * The network for pictures of a size and a number of classes.
   * @param shape what the pictures of the dataset become, and how many classes it has
   * @returns layers in a row, which `preprocessing` is put before; or the output of a functional network, or a whole
   *   network, which are taken as they are.
   *   The last layer has `shape.classes` units and gives logits, without softmax.
   */
  abstract createModelIo(shape: PresetShape): NetworkDefinition | Promise<NetworkDefinition>;

  /** What pictures become, unless the command line says otherwise. Default: chosen from the dataset. */
  imageDefaults(): Partial<ImageShape> {
    return {};
  }

  /**
   * Layers before those of `createModelIo`. They are part of the model, so training and serving cannot disagree.
   * Default: pixels 0..255 become 0..1.
   */
  preprocessing(_shape: PresetShape): readonly Layer[] {
    return [rescaling({ scale: UNIT_SCALE })];
  }

  /** Epochs, batch size, optimizer and so on, unless the command line says otherwise. Default: Pictor's own. */
  trainingDefaults(): TrainingDefaults {
    return {};
  }

  /**
   * Names of the classes as they are saved and served.
   * @param classes names in the dataset, in its order
   * @returns as many names, in the same order, each another. Default: the same
   */
  labels(classes: readonly string[]): readonly string[] {
    return classes;
  }

  /**
   * What is saved and served: names, inputs and outputs of the ways to call the model. Default: `serving_default` takes
   * pixels, `serving_bytes` picture files, and both give `output_0`, the probabilities.
   * @example
   * override signatures() {
   *   const features = { input: { name: 'image', kind: 'pictures' }, outputs: { vector: { kind: 'layer', layer: 'embedding' } } };
   *   return { ...super.signatures(), features } as const;
   * }
   */
  signatures(): SignatureSpecs {
    return DEFAULT_SIGNATURES;
  }
}
