/** @file The states of a dataset in words. */
import type { DatasetRecord } from '../api/types.ts';
import type { Tone } from './basics.tsx';

export const DATASET_WORDS: Readonly<Record<DatasetRecord['state'], string>> = {
  queued: 'Queued',
  fetching: 'Fetching',
  preparing: 'Checking',
  ready: 'Ready',
  failed: 'Failed',
};

export const DATASET_TONES: Readonly<Record<DatasetRecord['state'], Tone>> = {
  queued: 'neutral',
  fetching: 'active',
  preparing: 'active',
  ready: 'good',
  failed: 'bad',
};
