/** @file The registry: models by name, each with numbered versions, as folders `models/NAME/VERSION/`. */
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import {
  asPictorError,
  type BrokenVersion,
  errorBody,
  type ModelInspection,
  type ModelManifest,
  type ModelRouting,
  type ModelSummary,
  type ModelVersion,
  PictorError,
  type TrainedModel,
  type WeightTensor,
} from '../contracts/index.ts';
import {
  decodeSafetensors,
  type ExportSource,
  type ImportedModel,
  inspectFile,
  readExportSource,
} from '../formats/index.ts';
import { type ImportFacts, importedVersion } from './imported.ts';
import { readManifest, summarise } from './manifest.ts';
import { checkModelName, HIDDEN, isModelName, parseVersion, VERSION_FILES, versionFolder } from './names.ts';
import { highestVersion, keepHighestVersion, publishVersion, refuseCaseTwin, removeLeftovers } from './publish.ts';
import { changeRouting, forgetVersion, NO_ROUTING, type RoutingChange, readRouting } from './routing.ts';
import { trainedVersion } from './trained.ts';
import { verifyVersion } from './verify.ts';
import { FolderWatcher, listOrNone, type RegistryListener, type RoutingListener } from './watch.ts';

/** Several processes may use one directory, each with its own `ModelRegistry`. */
export class ModelRegistry {
  readonly directory: string;
  readonly #watcher: FolderWatcher;

  constructor(modelsDirectory: string) {
    this.directory = path.resolve(modelsDirectory);
    this.#watcher = new FolderWatcher(this.directory);
  }

  /**
   * Publishes under the model's next number. The version appears whole, when this resolves, or not at all.
   * @throws `model_name_invalid`, `disk_full`, `not_permitted`
   */
  async publish(model: TrainedModel, options: { readonly name: string; readonly run?: string }): Promise<ModelVersion> {
    const name = checkModelName(options.name);
    return summarise(await publishVersion(this.directory, name, trainedVersion(model, { name, run: options.run })));
  }

  /**
   * Publishes a model that was made elsewhere, as `publish` does.
   * @throws as `publish`, and `model_labels_invalid` when the labels are not as many as the model's classes, or one is there twice
   */
  async publishImported(model: ImportedModel, facts: ImportFacts): Promise<ModelVersion> {
    const name = checkModelName(facts.name);
    return summarise(await publishVersion(this.directory, name, importedVersion(model, facts)));
  }

  /** All models, by name. What cannot be used is told under `broken` and disturbs nothing else. @throws `not_permitted` */
  async list(): Promise<ModelSummary[]> {
    const entries = await listOrNone(this.directory).catch((error) => {
      throw asPictorError(error);
    });
    const names = entries.filter(isModelName).sort();
    const models = await Promise.all(names.map((name) => this.#summary(name)));
    return models.filter((model) => model.versions.length > 0 || model.broken !== undefined);
  }

  /** @throws `model_not_found` */
  async get(name: string): Promise<ModelSummary> {
    const summary = await this.#summary(await this.#existing(name));
    if (summary.versions.length === 0 && !summary.broken) throw notFound(name);
    return summary;
  }

  /**
   * @param version default: the highest one that can be used
   * @throws `model_not_found`, `model_version_not_found`, `model_broken`
   */
  async manifest(name: string, version?: number): Promise<ModelManifest> {
    await this.#existing(name);
    if (version !== undefined) {
      const folder = versionFolder(this.directory, name, version);
      if (!(await isFolder(folder))) throw versionNotFound(name, version);
      return readManifest(folder, name, version);
    }
    const versions = await this.versions(name);
    if (versions.length === 0) throw notFound(name);
    let firstError: unknown;
    for (const candidate of versions) {
      try {
        return await readManifest(versionFolder(this.directory, name, candidate), name, candidate);
      } catch (error) {
        firstError ??= error;
      }
    }
    throw firstError;
  }

  /** Numbers of the versions whose folders there are, highest first. */
  async versions(name: string): Promise<number[]> {
    const entries = await readdir(path.join(this.directory, checkModelName(name))).catch((): string[] => []);
    const versions = entries.map(parseVersion).filter((version) => version !== null);
    return versions.sort((a, b) => b - a);
  }

  /** Where the graph of a version is. Does not look whether it is there. */
  modelPath(name: string, version: number): string {
    return path.join(versionFolder(this.directory, name, version), VERSION_FILES.model);
  }

  /**
   * The weights of a version, by the names of its network's parameters.
   * @throws as `manifest` does, and `model_broken` when there are none
   */
  async readWeights(
    name: string,
    version?: number,
  ): Promise<{ readonly version: number; readonly weights: Map<string, WeightTensor> }> {
    const manifest = await this.manifest(name, version);
    const file = path.join(versionFolder(this.directory, name, manifest.version), VERSION_FILES.weights);
    try {
      return { version: manifest.version, weights: decodeSafetensors(await readFile(file)) };
    } catch (cause) {
      const reason = `its weights cannot be read (${(cause as Error).message})`;
      throw new PictorError(
        'model_broken',
        `Version ${manifest.version} of model "${name}" cannot be used: ${reason}.`,
        { cause },
      );
    }
  }

  /** What a version is made of, as `inspectFile` tells of files. @throws as `manifest` does, and `model_broken` */
  async inspect(name: string, version?: number): Promise<ModelInspection> {
    const manifest = await this.manifest(name, version);
    const { origin } = manifest;
    const inspection = await inspectFile(versionFolder(this.directory, name, manifest.version), { format: 'pictor' });
    const { format, producer } = origin ?? { format: inspection.format, producer: 'pictor' };
    const { bytes } = summarise(manifest);
    return { ...inspection, subject: `${name}:${manifest.version}`, format, producer, bytes };
  }

  /** A version with everything that `exportModel` needs. @throws as `manifest` does, and `model_broken`, `export_unsupported` */
  async exportSource(name: string, version?: number): Promise<ExportSource> {
    const manifest = await this.manifest(name, version);
    return readExportSource(versionFolder(this.directory, name, manifest.version), manifest);
  }

  /**
   * Reads every file of a version and compares it with its sha256.
   * @throws as `manifest` does, and `model_broken` when a file is not what was published
   */
  async verify(name: string, version: number): Promise<ModelManifest> {
    await this.manifest(name, version);
    return verifyVersion(versionFolder(this.directory, name, version), name, version);
  }

  /** Labels of a model's versions, and who answers requests that name none. @throws `model_not_found`, `model_broken` */
  async routing(name: string): Promise<ModelRouting> {
    return readRouting(path.join(this.directory, await this.#existing(name)));
  }

  /**
   * Changes labels and shares in one step; every process that watches sees it within 250 ms.
   * @throws `model_not_found`, `model_version_not_found`, `invalid_request`, `disk_full`, `not_permitted`
   */
  async promote(name: string, change: RoutingChange): Promise<ModelRouting> {
    await this.#existing(name);
    try {
      return await changeRouting(path.join(this.directory, name), name, await this.versions(name), change);
    } catch (error) {
      throw asPictorError(error);
    }
  }

  /**
   * Deletes a version, or the model with all of them. It disappears at once; its bytes are removed afterwards.
   * @throws `model_not_found`, `model_version_not_found`, `not_permitted`
   */
  async delete(name: string, version?: number): Promise<void> {
    await this.#existing(name);
    const modelFolder = path.join(this.directory, name);
    const inside = version === undefined ? this.directory : modelFolder;
    const doomed = version === undefined ? modelFolder : path.join(modelFolder, String(version));
    const trash = path.join(inside, `${HIDDEN.deleting}${randomUUID()}`);
    try {
      if (version !== undefined && !(await isFolder(doomed))) throw versionNotFound(name, version);
      const highest = version === undefined ? 0 : await highestVersion(modelFolder);
      const isKept = version === undefined || (await keptUnlessFull(modelFolder, highest));
      await rename(doomed, trash);
      if (version !== undefined) await forgetVersion(modelFolder, version);
      await rm(trash, { recursive: true, force: true });
      if (!isKept) await keepHighestVersion(modelFolder, highest);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw asPictorError(error);
      throw version === undefined ? notFound(name) : versionNotFound(name, version);
    }
  }

  /**
   * Refuses a name under which nothing could be published, before hours of training go into it.
   * @throws `model_name_invalid`
   */
  async checkName(name: string): Promise<void> {
    await refuseCaseTwin(this.directory, checkModelName(name));
  }

  /**
   * Calls the listener for every version there is, and then within 250 ms for every one that any process publishes or
   * deletes, until the returned function is called.
   */
  watch(listener: RegistryListener): () => void {
    return this.#watcher.subscribe(listener);
  }

  /** As `watch`, for what promotion changes: once for every model that has a routing, then for every change. */
  watchRouting(listener: RoutingListener): () => void {
    return this.#watcher.subscribeRouting(listener);
  }

  /** Looks for changes now, instead of at the next turn of the watch. */
  async refresh(): Promise<void> {
    await this.#watcher.scan();
  }

  /** Creates the directory and removes what ended processes left half-done. @throws `not_permitted`, `disk_full` */
  async prepare(): Promise<void> {
    try {
      await mkdir(this.directory, { recursive: true });
    } catch (error) {
      throw asPictorError(error);
    }
    await removeLeftovers(this.directory);
    for (const name of (await readdir(this.directory)).filter(isModelName)) {
      await removeLeftovers(path.join(this.directory, name));
    }
  }

  async #summary(name: string): Promise<ModelSummary> {
    const versions: ModelVersion[] = [];
    const broken: BrokenVersion[] = [];
    for (const version of await this.versions(name)) {
      const folder = versionFolder(this.directory, name, version);
      try {
        versions.push(summarise(await readManifest(folder, name, version)));
      } catch (error) {
        if (await isFolder(folder)) broken.push({ version, ...errorBody(asPictorError(error)) });
      }
    }
    const routing = await readRouting(path.join(this.directory, name)).catch(() => NO_ROUTING);
    const isRouted = routing.split !== null || Object.keys(routing.labels).length > 0;
    return { name, versions, ...(broken.length > 0 ? { broken } : {}), ...(isRouted ? { routing } : {}) };
  }

  /** The name as it is written on disk: `Digits` is not `digits`, even where the file system thinks so. */
  async #existing(name: string): Promise<string> {
    if (!isModelName(name)) throw notFound(name);
    const entries = await readdir(this.directory).catch((): string[] => []);
    if (!entries.includes(name) || !(await isFolder(path.join(this.directory, name)))) throw notFound(name);
    return name;
  }
}

function notFound(name: string): PictorError {
  return new PictorError('model_not_found', `There is no model ${JSON.stringify(name.slice(0, 120))}.`);
}

function versionNotFound(name: string, version: number): PictorError {
  return new PictorError('model_version_not_found', `Model "${name}" has no version ${version}.`);
}

/** A full disk is why people delete: the number is then kept once the version has made room for it. */
async function keptUnlessFull(modelFolder: string, highest: number): Promise<boolean> {
  try {
    await keepHighestVersion(modelFolder, highest);
    return true;
  } catch (error) {
    if (asPictorError(error).code === 'disk_full') return false;
    throw error;
  }
}

async function isFolder(place: string): Promise<boolean> {
  return (await stat(place).catch(() => null))?.isDirectory() ?? false;
}
