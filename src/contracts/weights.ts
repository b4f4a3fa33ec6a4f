/** @file Weights that training starts from: where they come from, what was taken, and the phases of fine-tuning. */

/** Where first weights come from. `published` are those that the preset's authors published, trained on ImageNet. */
export type WeightsSource =
  | { readonly kind: 'published' }
  | { readonly kind: 'url'; readonly url: string }
  | { readonly kind: 'file'; readonly path: string }
  /** One of our own models. Default version: the newest. */
  | { readonly kind: 'model'; readonly name: string; readonly version?: number };

export const FREEZES = ['base', 'none'] as const;
/** What stays as it was loaded while the head is trained. */
export type Freeze = (typeof FREEZES)[number];

/** What a run asks for beside its network and dataset when it starts from weights. */
export interface FineTuningRequest {
  readonly weights?: WeightsSource;
  /** `sha256:HEX` or `md5:HEX` of the file of weights. */
  readonly weightsChecksum?: string;
  /** Default: `base` when there are weights. */
  readonly freeze?: Freeze;
  /** Epochs of the second phase, in which the base is trained, too; 0 for none. Default: half as many as the first has. */
  readonly fineTuneEpochs?: number;
  /** Learning rate of the second phase. Default: a tenth of the first one's. */
  readonly fineTuneRate?: number;
  /** Name of the first layer of the base that the second phase trains; those before it stay frozen. Default: the first one. */
  readonly fineTuneFrom?: string;
}

/** A stretch of epochs with one set of frozen layers and one learning rate. Optimizers start anew with each. */
export interface TrainingPhase {
  /** `head`: the base is frozen. `fineTuning`: the base, or its last part, is trained, too. */
  readonly name: 'head' | 'fineTuning';
  readonly epochs: number;
  readonly learningRate: number;
  /** Names of the layers that are not trained. */
  readonly frozen: readonly string[];
}

/** What a run started from, as its recipe records it. */
export interface InitialWeights {
  /** For people: an address without its password, a file's name, or a model and version. */
  readonly source: string;
  /** Of the file; null for a model of our own, whose manifest has it. */
  readonly sha256: string | null;
  /** How many numbers were taken. */
  readonly numbers: number;
  /** Parameters that the source has not, or for another number of classes: they begin at random. */
  readonly fresh: readonly string[];
  /** Layers of the source that the network has not: the source's own head. */
  readonly unused: readonly string[];
}
