/** @file Training: replicas are started, epochs run, the kept weights measured. */
import type { EpochRecord, Milestone, TrainedModel, TrainingProgress, TrainingRecipe } from '../contracts/index.ts';
import type { PreparedDataset } from '../dataset/index.ts';
import type { Callback } from './callbacks/callback.ts';
import { CallbackList } from './callbacks/callback-list.ts';
import type { CheckpointPlan } from './checkpoint-clock.ts';
import { Checkpointer } from './checkpointer.ts';
import { conclude } from './conclude.ts';
import { Course } from './course.ts';
import { runEpochs } from './epochs.ts';
import { PeakMemory } from './peak-memory.ts';
import { startReplicas } from './replica-group.ts';
import type { Weights } from './replica-layout.ts';
import { RunningTraining } from './running-training.ts';
import { checkSnapshot, restoreSnapshot, type TrainingSnapshot, takeSnapshot } from './snapshot.ts';

export interface TrainOptions {
  readonly dataset: PreparedDataset;
  readonly recipe: TrainingRecipe;
  /** Ends training early; what was best so far is still evaluated and returned. */
  readonly signal?: AbortSignal;
  /** By name, all of the network's. Default: drawn with the recipe's seed. */
  readonly initialWeights?: Weights;
  readonly callbacks?: readonly Callback[];
  /** Where to go on. The result is that of a training that was never interrupted, bit for bit. */
  readonly resume?: TrainingSnapshot;
  /** Takes a snapshot to keep. Training goes on meanwhile, but for the next one; when it rejects, training fails. */
  readonly onCheckpoint?: (snapshot: TrainingSnapshot) => Promise<void>;
  /** When there is `onCheckpoint`. Default: at the end of each epoch. */
  readonly checkpoint?: CheckpointPlan;
  /** Several times a second. */
  readonly onProgress?: (progress: TrainingProgress) => void;
  readonly onEpoch?: (epoch: EpochRecord) => void;
  readonly onMilestone?: (milestone: Extract<Milestone, 'built' | 'compiled' | 'trained'>) => void;
}

/**
 * `early`: patience ran out, or a callback stopped it. `cancelled`: the signal was aborted; the model holds the best weights
 * so far.
 */
export interface TrainResult extends TrainedModel {
  readonly stopped: 'completed' | 'early' | 'cancelled';
  /** Most memory that the process had meanwhile. */
  readonly peakMemoryBytes: number;
}

/**
 * Trains a network on a prepared dataset. The weights of the epoch with the best validation accuracy (on a tie, the lower
 * validation loss) are kept; without a validation split, those of the last epoch. The phases of a recipe follow one another, each from the weights that the one before ended with.
 * @throws `training_diverged` when the loss is no longer a number, or has exploded; `callback_failed`; `checkpoint_invalid`
 * and `checkpoint_mismatch` when `resume` cannot be continued; the signal's reason when it was aborted before the first
 * epoch ended
 */
export async function train(options: TrainOptions): Promise<TrainResult> {
  const { dataset, recipe, signal, resume, onCheckpoint, onEpoch, onMilestone } = options;
  signal?.throwIfAborted();
  if (resume) checkSnapshot(resume, recipe, dataset);
  const memory = new PeakMemory();
  const callbacks = new CallbackList(options.callbacks ?? []);
  onMilestone?.('built');
  const course = new Course(recipe, dataset.manifest.splits.train.count, resume?.course);
  let group = await startReplicas(dataset, course.phase.recipe, options.initialWeights);
  const stop = () => group.requestStop();
  signal?.addEventListener('abort', stop);
  try {
    if (resume) {
      await restoreSnapshot(resume, group, course);
      callbacks.restore(resume.callbacks);
    }
    onMilestone?.('compiled');
    const training = new RunningTraining(group, course, dataset);
    const snapshot = () => takeSnapshot(group, course, dataset.manifest.contentHash, callbacks.states());
    const checkpointer = onCheckpoint ? new Checkpointer(options.checkpoint ?? {}, snapshot, onCheckpoint) : null;
    const onProgress = (progress: TrainingProgress) => {
      memory.look();
      options.onProgress?.(progress);
    };
    await callbacks.call('onTrainBegin', training);
    for (;;) {
      // The signal may have been aborted while the replicas started.
      if (signal?.aborted) stop();
      const stopped = await runEpochs({
        group,
        course,
        training,
        callbacks,
        checkpointer,
        signal,
        onProgress,
        onEpoch,
      });
      if (stopped !== 'completed' || course.done) {
        await checkpointer?.finish();
        if (course.state.best === null) throw signal?.reason ?? new Error('No epoch was run.');
        await callbacks.call('onTrainEnd', training);
        onMilestone?.('trained');
        return { ...(await conclude(group, course, dataset)), stopped, peakMemoryBytes: memory.bytes };
      }
      const weights = await training.weights();
      await group.close();
      group = await startReplicas(dataset, course.phase.recipe, weights);
      training.group = group;
    }
  } finally {
    signal?.removeEventListener('abort', stop);
    await group.close();
  }
}
