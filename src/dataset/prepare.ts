/** @file From a source to a prepared dataset: locate, scan, decode once, arrange into splits, keep in the cache. */
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { asPictorError, type DatasetManifest, type DatasetSource, PictorError } from '../contracts/index.ts';
import { arrange, checkScanned } from './arrange.ts';
import { DatasetCache, identify, type ScanIdentity, writePrepared } from './cache.ts';
import { IMAGES_FILE } from './cache-files.ts';
import { Findings } from './findings.ts';
import { type DatasetLimits, DEFAULT_DATASET_LIMITS, PUBLIC_URLS_ONLY } from './limits.ts';
import { type LocatedSource, type LocateOptions, locate } from './locate.ts';
import { materialise } from './materialise.ts';
import { measureMidtones } from './midtones.ts';
import type { ScannedDataset } from './scanned.ts';
import { ShapeGuess } from './shape-guess.ts';
import { redactSource } from './source.ts';
import { withTestSource } from './test-source.ts';
import type { PreparedDataset, PrepareOptions, PrepareProgress } from './types.ts';

const DEFAULT_SEED = 123;
const PROGRESS_INTERVAL_MS = 100;

/**
 * Fetches, understands and decodes a dataset, or finds what an earlier call prepared from the same content and options.
 * Memory stays bounded whatever the size of the dataset; nothing is left behind when it fails or is aborted.
 * @throws dataset_not_found, dataset_empty, dataset_one_class, dataset_format_unknown, dataset_option_invalid, dataset_too_large,
 *   test_classes_differ, the archive_, idx_, npz_, pickle_ and url_ errors, disk_full; the signal's reason when aborted
 */
export async function prepareDataset(source: DatasetSource, options: PrepareOptions): Promise<PreparedDataset> {
  const cache = new DatasetCache(options.cacheDirectory);
  let workFolder: string | null = null;
  try {
    checkOptions(options);
    options.signal?.throwIfAborted();
    workFolder = await cache.createWorkFolder();
    return await prepare(source, options, cache, workFolder);
  } catch (error) {
    options.signal?.throwIfAborted();
    throw explain(error, options.cacheDirectory);
  } finally {
    if (workFolder) await rm(workFolder, { recursive: true, force: true });
  }
}

async function prepare(
  source: DatasetSource,
  options: PrepareOptions,
  cache: DatasetCache,
  workFolder: string,
): Promise<PreparedDataset> {
  const limits = withDefaults(options.limits);
  const report = throttled(options.onProgress);
  const locating: LocateOptions = {
    limits,
    urls: options.urls ?? PUBLIC_URLS_ONLY,
    bucket: options.bucket,
    workFolder,
    signal: options.signal,
    onBytes: (done, total) => report({ phase: 'fetching', done, total }),
    onFile: (done) => report({ phase: 'preparing', done, total: null }),
  };
  const located = await locate(source, locating);
  const locatedTest = options.testSource ? await locate(options.testSource, locating) : null;
  const fingerprint = fingerprintOf(located, locatedTest, limits);
  const cacheOptions = { ...chosenOptions(options), maxPixels: limits.maxPixels };

  const known = await cache.recall(fingerprint);
  const kept = known && (await cache.find(known, cacheOptions));
  if (kept) return withSource(kept, source);

  const scanned = await located.scan();
  const dataset = locatedTest ? withTestSource(scanned, await locatedTest.scan()) : scanned;
  checkScanned(dataset, limits);
  const identity = identify(dataset);
  const directory =
    (await cache.find(identity, cacheOptions))?.directory ??
    (await cache.publish(
      await build(dataset, identity, source, options, limits, report, workFolder),
      identity,
      cacheOptions,
    ));
  await cache.remember(fingerprint, identity, workFolder);
  const prepared = await cache.find(identity, cacheOptions);
  if (!prepared)
    throw new PictorError('dataset_not_found', `The prepared dataset was removed from ${directory} meanwhile.`);
  return withSource(prepared, source);
}

async function build(
  dataset: ScannedDataset,
  identity: ScanIdentity,
  source: DatasetSource,
  options: PrepareOptions,
  limits: DatasetLimits,
  report: (progress: PrepareProgress) => void,
  workFolder: string,
): Promise<string> {
  const folder = path.join(workFolder, 'prepared');
  await mkdir(folder);
  const { image, validationSplit, seed } = chosenOptions(options);
  const findings = new Findings();
  const total = dataset.items.length;
  const { signal } = options;
  const onPicture = (done: number) => report({ phase: 'preparing', done, total });
  const materialised = await materialise(dataset, path.join(folder, IMAGES_FILE), {
    image,
    limits,
    findings,
    signal,
    onPicture,
  });
  const arrangement = arrange(dataset, materialised.isReadable, findings, { validationSplit, seed });
  const { splits } = arrangement;
  const manifest: DatasetManifest = {
    source: redactSource(source),
    contentHash: identity.contentHash,
    format: dataset.format,
    image: materialised.image,
    classes: arrangement.classes,
    splits: { train: splits.train.summary, validation: splits.validation.summary, test: splits.test.summary },
    validationSplit: arrangement.validationSplit,
    seed,
    originalSizes: materialised.originalSizes,
    midtones: await measureMidtones(path.join(folder, IMAGES_FILE), splits.train.rows, materialised.image),
    findings: arrangement.findings,
  };
  await writePrepared(folder, arrangement, manifest);
  return folder;
}

function withDefaults(limits: Partial<DatasetLimits> = {}): DatasetLimits {
  const given = Object.entries(limits).filter(([, value]) => value !== undefined);
  return { ...DEFAULT_DATASET_LIMITS, ...Object.fromEntries(given) };
}

/** Everything that the same content can be prepared in different ways by. */
function chosenOptions({ image = {}, validationSplit, seed = DEFAULT_SEED }: PrepareOptions) {
  const { height, width, channels } = image;
  return { image: { height, width, channels }, validationSplit, seed };
}

function checkOptions({ image = {}, validationSplit, seed = DEFAULT_SEED }: PrepareOptions): void {
  new ShapeGuess(image);
  if (validationSplit !== undefined && !(validationSplit >= 0 && validationSplit < 1)) {
    throw new PictorError(
      'dataset_option_invalid',
      `The validation split is ${validationSplit}; a share from 0 to below 1 is expected.`,
    );
  }
  if (!Number.isSafeInteger(seed)) {
    throw new PictorError('dataset_option_invalid', `The seed is ${seed}; a whole number is expected.`);
  }
}

/** The limits decide what is left out, so they are part of it. */
function fingerprintOf(located: LocatedSource, test: LocatedSource | null, limits: DatasetLimits): string {
  return JSON.stringify([located.fingerprint, test?.fingerprint ?? null, limits]);
}

/** The same content may come from elsewhere this time. */
function withSource(prepared: PreparedDataset, source: DatasetSource): PreparedDataset {
  return { directory: prepared.directory, manifest: { ...prepared.manifest, source: redactSource(source) } };
}

function throttled(onProgress: PrepareOptions['onProgress']): (progress: PrepareProgress) => void {
  let last = -PROGRESS_INTERVAL_MS;
  return (progress) => {
    const now = performance.now();
    if (!onProgress || (now - last < PROGRESS_INTERVAL_MS && progress.done !== progress.total)) return;
    last = now;
    onProgress(progress);
  };
}

function explain(error: unknown, cacheDirectory: string): unknown {
  if (error instanceof PictorError) return error;
  const known = asPictorError(error);
  if (known.code === 'internal') return error;
  if (known.code === 'disk_full') {
    return new PictorError('disk_full', `The disk that holds ${cacheDirectory} is full.`, { cause: error });
  }
  return known;
}
