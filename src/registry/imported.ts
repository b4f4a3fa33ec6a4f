/** @file A model that was made elsewhere, as the files and the manifest of a version. */
import {
  type ImageShape,
  type InputLayout,
  type InputRange,
  type ModelManifest,
  PictorError,
} from '../contracts/index.ts';
import {
  classesOf,
  encodeSafetensors,
  findPictureSignature,
  type ImportedModel,
  labelsText,
} from '../formats/index.ts';
import { compileInference, servedLayers } from '../nn/index.ts';
import { VERSION_FILES } from './names.ts';
import type { VersionContent } from './publish.ts';
import { savedModelOf } from './saved-model.ts';

/** What the person who imports says; it goes before what the file says. */
export interface ImportFacts {
  readonly name: string;
  /** Name of the file or folder, without its place. */
  readonly file: string;
  /** As many as the model has classes. Default: the file's, else `0`, `1`, … where pictures are answered. */
  readonly labels?: readonly string[];
  /** Default: the file's, else `0..255`. */
  readonly inputRange?: InputRange;
  readonly inputLayout?: InputLayout;
  /** Default: the file's, else `probabilities`. */
  readonly answers?: ModelManifest['answers'];
  /** Size of the pictures, where the model leaves it open. */
  readonly image?: Partial<ImageShape>;
}

const NO_METRICS = {
  loss: null,
  accuracy: null,
  validation_loss: null,
  validation_accuracy: null,
  test_loss: null,
  test_accuracy: null,
} as const;

/** @throws `model_labels_invalid`, `model_unsupported` when two files would have one name */
export function importedVersion(model: ImportedModel, facts: ImportFacts): VersionContent {
  const { network } = model;
  const found = network ? null : findPictureSignature(model.signatures, { ...model.input, ...facts.image });
  const labels = chosenLabels(model, facts, found?.classes ?? classesOf(model));
  const inputRange = facts.inputRange ?? model.inputRange;
  const answers = facts.answers ?? model.answers;
  const layout = facts.inputLayout ?? model.inputLayout ?? found?.layout;
  const createdAt = new Date().toISOString();
  const savedModel = network
    ? savedModelOf({ ...network, labels, ...(inputRange ? { inputRange } : {}) })
    : { files: {}, facts: { missingSavedModel: "The graph was made elsewhere and is not made of Pictor's layers." } };
  return {
    files: {
      ...filesOf(model),
      ...savedModel.files,
      ...(labels.length > 0 ? { [VERSION_FILES.labels]: Buffer.from(labelsText(labels)) } : {}),
    },
    manifest: (version, files) => ({
      format: 'pictor-model',
      formatVersion: 1,
      name: facts.name,
      version,
      createdAt,
      labels,
      input: model.input ?? found?.image ?? null,
      ...(inputRange ? { inputRange } : {}),
      ...(layout && layout !== 'channelsLast' ? { inputLayout: layout } : {}),
      ...(found ? { pictureSignature: found.signature } : {}),
      parameters: model.parameters,
      network: network?.spec ?? null,
      ...(network ? { signatures: network.signatures } : { graphSignatures: model.signatures }),
      ...(answers ? { answers } : {}),
      origin: { format: model.format, producer: model.producer, file: facts.file },
      recipe: null,
      metrics: NO_METRICS,
      evaluation: null,
      history: [],
      datasetHash: null,
      run: null,
      ...savedModel.facts,
      files,
    }),
  };
}

function filesOf({ network, graphs }: ImportedModel): Readonly<Record<string, Uint8Array>> {
  if (!network) return graphs;
  const { spec, weights, signatures } = network;
  return {
    [VERSION_FILES.model]: compileInference(spec, weights, servedLayers(signatures, spec)),
    [VERSION_FILES.weights]: encodeSafetensors(weights),
  };
}

function chosenLabels(model: ImportedModel, facts: ImportFacts, classes: number | null): readonly string[] {
  const labels = facts.labels ?? model.labels;
  if (!labels) return classes === null ? [] : Array.from({ length: classes }, (_, index) => String(index));
  const from = facts.labels ? 'The labels' : `The labels in ${facts.file}`;
  const fail = (reason: string) => new PictorError('model_labels_invalid', `${from} cannot be used: ${reason}.`);
  const blank = labels.findIndex((label) => label.trim() === '');
  if (blank >= 0) throw fail(`label ${blank + 1} of ${labels.length} is empty`);
  const seen = new Set<string>();
  for (const label of labels) {
    if (seen.has(label)) throw fail(`${JSON.stringify(label.slice(0, 100))} is there twice`);
    seen.add(label);
  }
  if (classes !== null && labels.length !== classes) {
    throw fail(`there are ${labels.length}, and the model gives ${classes} numbers for each picture`);
  }
  return labels;
}
