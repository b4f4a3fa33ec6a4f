/** @file What the walk of a run is given. */
import type { RunRecord, TrainingRequest } from '../contracts/index.ts';
import type { Bucket } from '../platform/index.ts';
import type { NetworkFile } from '../training/index.ts';
import type { RecordWriter } from './record-writer.ts';

export interface WalkOptions {
  /** As it was asked, with passwords where the record has none. */
  readonly request: TrainingRequest;
  /** Gives the request its network, once the dataset is known. */
  readonly networkFile?: NetworkFile;
  /** Its network is that of the weights that it starts from: the head is made for the dataset's classes. */
  readonly isSourceNetwork?: boolean;
  readonly writer: RecordWriter<RunRecord>;
  readonly uploads: Bucket;
  /** Ends the run well: what is best so far is published. */
  readonly cancel: AbortSignal;
  /** Ends the walk at once and in silence: another worker has the run, or will have it. */
  readonly stop: AbortSignal;
  /** Rejects unless the run is still ours; asked right before publishing. */
  readonly confirm: () => Promise<void>;
}
