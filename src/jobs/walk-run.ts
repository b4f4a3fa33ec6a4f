/** @file The walk of one run: dataset, network, training, registry; every step written into the record. */
import path from 'node:path';
import { type ClassLabel, type ModelVersion, PictorError, type RunRecord } from '../contracts/index.ts';
import { describeSource, type PreparedDataset } from '../dataset/index.ts';
import type { TrainResult } from '../training/index.ts';
import { datasetLines, evaluationLine } from './describe.ts';
import type { Change } from './record-writer.ts';
import { type JobSettings, type Publisher, ROOMS } from './rooms.ts';
import { logLine, passed, progressIn, withAttemptEnded, withEnd, withLog, withState } from './run-record.ts';
import { sourceNetwork } from './source-network.ts';
import { clearCheckpoints, trainRun } from './train-run.ts';
import type { WalkOptions } from './walk-options.ts';

/**
 * Walks a run whose attempt has been recorded to a published version, or to `cancelled`.
 * @throws whatever ended it, `stop`'s reason included; the record then still says where it was
 */
export async function walkRun(settings: JobSettings, given: WalkOptions): Promise<void> {
  const { writer, cancel, stop, confirm } = given;
  const signal = AbortSignal.any([cancel, stop]);
  try {
    const { id, name, attempts } = writer.record;
    const earlier = attempts.length > 1 ? await publishedBy(settings.registry, id, name) : null;
    if (earlier) return await writer.change(finished(false, earlier));

    await settings.registry.checkName(name);
    const options = await withSourceNetwork(settings, given, signal);
    const dataset = await prepare(settings, options, signal);
    const result = await trainRun(settings, options, dataset, signal);
    const trained = relabelled(result, result.recipe.labels);
    stop.throwIfAborted();
    const { metrics, evaluation, imagesPerSecond, seconds, peakMemoryBytes } = trained;
    const figures = { metrics, evaluation, imagesPerSecond, seconds, peakMemoryBytes, training: null };
    const evaluated = evaluationLine(evaluation);
    await writer.change((run) => withLog(withState({ ...run, ...figures }, 'publishing'), evaluated));

    await confirm();
    const published = await publishedBy(settings.registry, id, name);
    const version = published ?? (await settings.registry.publish(trained, { name, run: id }));
    const cancelled = trained.stopped === 'cancelled';
    await writer.change(finished(cancelled, version));
    if (!cancelled) await clearCheckpoints(settings, writer.record);
  } catch (error) {
    // What fails in publishing is no cancelling: the weights were there.
    if (!cancel.aborted || stop.aborted || writer.record.state === 'publishing') throw error;
    const line = logLine('Cancelled before the first epoch was finished; nothing was published.');
    await writer.change((run) => withEnd(run, 'cancelled', line));
  }
}

/** The model as it is published: its classes under the names that the network's author gave them. */
function relabelled(trained: TrainResult, names: readonly ClassLabel[] | undefined): TrainResult {
  if (!names) return trained;
  const labels = names.map(({ label }) => label);
  const { evaluation } = trained;
  const perClass = evaluation.perClass.map((metrics, index) => ({ ...metrics, label: labels[index] }));
  return { ...trained, labels, evaluation: { ...evaluation, perClass } };
}

/** A run that names weights without a network trains the network that they belong to. */
async function withSourceNetwork(
  settings: JobSettings,
  options: WalkOptions,
  signal: AbortSignal,
): Promise<WalkOptions> {
  if (options.networkFile) return options;
  const network = await sourceNetwork(settings, options.request, signal);
  return network ? { ...options, request: { ...options.request, network }, isSourceNetwork: true } : options;
}

async function prepare(
  settings: JobSettings,
  { request, writer, uploads }: WalkOptions,
  signal: AbortSignal,
): Promise<PreparedDataset> {
  signal.throwIfAborted();
  const { prepareDataset, imageShapeFor } = settings.rooms ?? ROOMS;
  const began = logLine(`Loading the dataset ${describeSource(request.dataset)}.`);
  await writer.change(passed('loading', (run) => withLog(run, began)));
  const dataset = await prepareDataset(request.dataset, {
    cacheDirectory: path.join(settings.dataDirectory, 'cache', 'datasets'),
    bucket: uploads,
    image: imageShapeFor(request),
    urls: settings.urls,
    signal,
    onProgress: ({ phase, done, total }) => {
      const progress = progressIn(phase, total ? done / total : 0);
      const advance: Change<RunRecord> = (run) => ({ ...withState(run, phase), progress });
      writer.later(phase === 'preparing' ? passed('loaded', advance) : advance);
    },
    ...(request.testDataset ? { testSource: request.testDataset } : {}),
    ...(request.validationSplit === undefined ? {} : { validationSplit: request.validationSplit }),
    ...(request.seed === undefined ? {} : { seed: request.seed }),
    ...(settings.limits ? { limits: settings.limits } : {}),
  });
  signal.throwIfAborted();
  const { manifest } = dataset;
  const lines = datasetLines(manifest);
  await writer.change(passed('prepared', (run) => lines.reduce(withLog, { ...run, dataset: manifest })));
  return dataset;
}

/** A worker that died between publishing and saying so has published: its version is this run's. */
async function publishedBy(registry: Publisher, run: string, name: string) {
  try {
    const { versions } = await registry.get(name);
    return versions.find((version) => version.run === run) ?? null;
  } catch (error) {
    if (error instanceof PictorError && error.code === 'model_not_found') return null;
    throw error;
  }
}

function finished(cancelled: boolean, { name, version, metrics }: ModelVersion): Change<RunRecord> {
  const model = { name, version };
  const outcome = cancelled ? 'cancelled' : 'succeeded';
  const line = logLine(
    cancelled
      ? `Cancelled; the best weights so far are published as ${name} version ${version}.`
      : `Published ${name} version ${version}.`,
  );
  return passed('finished', (run) => {
    const ended = withAttemptEnded(run, outcome, line.at);
    return withLog(
      { ...ended, model, metrics, state: outcome, progress: 1, finishedAt: line.at, training: null },
      line,
    );
  });
}
