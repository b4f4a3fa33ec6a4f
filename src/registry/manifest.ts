/** @file `pictor.json`: written from a trained model, read back with every field checked. */
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import {
  DATA_TYPES,
  INPUT_LAYOUTS,
  INPUT_RANGES,
  MODEL_FORMATS,
  type ModelManifest,
  type ModelVersion,
  PictorError,
  type TrainedModel,
} from '../contracts/index.ts';
import { VERSION_FILES } from './names.ts';

/** A manifest is text of some kilobytes; a longer file is not one. */
const MAX_MANIFEST_BYTES = 64 * 1024 * 1024;

const Count = Type.Integer({ minimum: 0 });
const MaybeNumber = Type.Union([Type.Number(), Type.Null()]);
const MaybeText = Type.Union([Type.String(), Type.Null()]);

const Tensors = Type.Record(
  Type.String(),
  Type.Object({
    dtype: Type.Enum(DATA_TYPES),
    shape: Type.Union([Type.Array(Type.Integer({ minimum: -1 })), Type.Null()]),
    tensor: Type.String(),
    node: Type.String(),
  }),
  { minProperties: 1 },
);
const GraphSignatureSchema = Type.Object({
  method: Type.String(),
  graph: Type.String(),
  inputs: Tensors,
  outputs: Tensors,
});

/** What readers rely on. Parts that are only shown (history, recipe, evaluation) are checked to be there. */
const validator = Compile(
  Type.Object({
    format: Type.Literal('pictor-model'),
    formatVersion: Type.Literal(1),
    name: Type.String(),
    version: Type.Integer({ minimum: 1 }),
    createdAt: Type.String(),
    labels: Type.Array(Type.String()),
    input: Type.Union([
      Type.Object({
        height: Type.Integer({ minimum: 1 }),
        width: Type.Integer({ minimum: 1 }),
        channels: Type.Union([Type.Literal(1), Type.Literal(3)]),
      }),
      Type.Null(),
    ]),
    inputRange: Type.Optional(Type.Enum(INPUT_RANGES)),
    inputLayout: Type.Optional(Type.Enum(INPUT_LAYOUTS)),
    answers: Type.Optional(Type.Enum(['probabilities', 'logits'])),
    parameters: Count,
    network: Type.Union([Type.Object({ name: Type.String(), nodes: Type.Array(Type.Unknown()) }), Type.Null()]),
    recipe: Type.Union([Type.Object({ model: Type.String() }), Type.Null()]),
    origin: Type.Optional(Type.Object({ format: Type.Enum(MODEL_FORMATS), producer: MaybeText, file: Type.String() })),
    graphSignatures: Type.Optional(Type.Record(Type.String(), GraphSignatureSchema, { minProperties: 1 })),
    pictureSignature: Type.Optional(Type.Object({ name: Type.String(), input: Type.String(), output: Type.String() })),
    signatures: Type.Optional(
      Type.Record(
        Type.String(),
        Type.Object({
          input: Type.Object({
            name: Type.String(),
            kind: Type.Union([Type.Literal('pixels'), Type.Literal('pictures'), Type.Literal('examples')]),
          }),
          outputs: Type.Record(Type.String(), Type.Object({ kind: Type.String() }), { minProperties: 1 }),
        }),
      ),
    ),
    metrics: Type.Object({
      loss: MaybeNumber,
      accuracy: MaybeNumber,
      validation_loss: MaybeNumber,
      validation_accuracy: MaybeNumber,
      test_loss: MaybeNumber,
      test_accuracy: MaybeNumber,
    }),
    evaluation: Type.Union([Type.Object({}), Type.Null()]),
    history: Type.Array(Type.Unknown()),
    datasetHash: MaybeText,
    run: MaybeText,
    files: Type.Record(
      Type.String(),
      Type.Object({ bytes: Count, sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }) }),
    ),
  }),
);

export interface ManifestFacts {
  readonly name: string;
  readonly version: number;
  readonly createdAt: string;
  readonly run: string | null;
  readonly files: ModelManifest['files'];
}

export function manifestOf(model: TrainedModel, facts: ManifestFacts): ModelManifest {
  const { recipe, labels, metrics, evaluation, history, datasetHash } = model;
  return {
    format: 'pictor-model',
    formatVersion: 1,
    name: facts.name,
    version: facts.version,
    createdAt: facts.createdAt,
    labels,
    input: recipe.network.input,
    parameters: recipe.parameters,
    network: recipe.network,
    recipe,
    ...(recipe.signatures ? { signatures: recipe.signatures } : {}),
    metrics,
    evaluation,
    history,
    datasetHash,
    run: facts.run,
    files: facts.files,
  };
}

/**
 * Reads a version's manifest and compares the sizes of its files.
 * @throws `model_broken` when the manifest or a file is missing or not as it was published
 */
export async function readManifest(folder: string, name: string, version: number): Promise<ModelManifest> {
  const fail = (reason: string, cause?: unknown) =>
    new PictorError('model_broken', `Version ${version} of model "${name}" cannot be used: ${reason}.`, { cause });
  const manifest = await readJson(path.join(folder, VERSION_FILES.manifest)).catch((cause) => {
    throw fail(`${VERSION_FILES.manifest} cannot be read (${(cause as Error).message})`, cause);
  });
  if (!validator.Check(manifest)) {
    const [error] = validator.Errors(manifest);
    throw fail(`in ${VERSION_FILES.manifest}, ${error.instancePath || 'the document'} ${error.message}`);
  }
  const checked = manifest as unknown as ModelManifest;
  if (!checked.network && !checked.graphSignatures)
    throw fail(`${VERSION_FILES.manifest} names neither network nor graphs`);
  for (const graph of graphsOf(checked)) {
    if (!(graph in checked.files)) throw fail(`${VERSION_FILES.manifest} names no ${graph}`);
  }
  const files = Object.entries(checked.files);
  for (const [file] of files) {
    if (!isInside(file)) throw fail(`${VERSION_FILES.manifest} names a file outside the folder`);
  }
  const found = await Promise.all(files.map(([file]) => stat(path.join(folder, file)).catch(() => null)));
  for (const [index, [file, { bytes }]] of files.entries()) {
    const stats = found[index];
    if (!stats?.isFile()) throw fail(`${file} is missing`);
    if (stats.size !== bytes) throw fail(`${file} has ${stats.size} bytes; ${bytes} were published`);
  }
  // The folder's place is the truth: it may have been copied under another name or number.
  return { ...checked, name, version };
}

/** What a version cannot be served without. */
function graphsOf({ network, graphSignatures }: ModelManifest): string[] {
  if (network || !graphSignatures) return [VERSION_FILES.model];
  return Object.values(graphSignatures).map(({ graph }) => graph);
}

/** Whether a name with `/` between folders stays in the folder that it is joined to, on every system. */
export function isInside(file: string): boolean {
  return file
    .split('/')
    .every((part) => part !== '' && part !== '.' && part !== '..' && !/[\\:\0]/.test(part) && part.length <= 255);
}

async function readJson(file: string): Promise<unknown> {
  const { size } = await stat(file);
  if (size > MAX_MANIFEST_BYTES) throw new Error(`it has ${size} bytes`);
  return JSON.parse(await readFile(file, 'utf8'));
}

export function summarise(manifest: ModelManifest): ModelVersion {
  const { name, version, createdAt, labels, input, parameters, metrics, run, origin } = manifest;
  const bytes = Object.values(manifest.files).reduce((sum, file) => sum + file.bytes, 0);
  const facts = {
    name,
    version,
    createdAt,
    labels,
    input,
    parameters,
    preset: presetOf(manifest),
    metrics,
    bytes,
    run,
  };
  return origin ? { ...facts, origin } : facts;
}

function presetOf({ recipe, network, origin }: ModelManifest): string {
  return recipe?.model ?? network?.name ?? origin?.format ?? 'unknown';
}
