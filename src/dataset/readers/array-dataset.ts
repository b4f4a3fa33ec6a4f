/** @file Datasets whose pictures are rows of arrays with numbered classes: IDX, npz, pickle, generated ones. */
import { PictorError, type Split } from '../../contracts/index.ts';
import type { RawPixels } from '../resize.ts';
import type { ScannedDataset, ScannedItem, SourcePicture } from '../scanned.ts';

export interface ArrayPart {
  readonly split: Split;
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  /** One hash for each picture. */
  readonly digests: readonly string[];
  /** One class number for each picture. */
  readonly labels: Int32Array;
}

export interface ArraySource {
  readonly format: ScannedDataset['format'];
  readonly parts: readonly ArrayPart[];
  /** All pictures: those of a part in order, parts in any order. */
  rows(signal?: AbortSignal): AsyncGenerator<ArrayRow, void, undefined>;
}

export interface ArrayRow {
  /** Index into `parts`. */
  readonly part: number;
  readonly pixels: RawPixels;
}

/** @throws dataset_empty when no part has a picture. */
export function arrayDataset(
  source: ArraySource,
  name: string,
  findings: ScannedDataset['findings'] = [],
): ScannedDataset {
  const { parts } = source;
  const items: ScannedItem[] = [];
  const starts: number[] = [];
  for (const { split, digests, labels } of parts) {
    starts.push(items.length);
    digests.forEach((digest, i) => {
      items.push({ name: `${split}[${i}]`, split, className: String(labels[i]), digest });
    });
  }
  if (items.length === 0) throw new PictorError('dataset_empty', `${name} holds no pictures.`);
  const [{ height, width, channels }] = parts;
  const isUniform = parts.every((part) => part.height === height && part.width === width && part.channels === channels);
  return {
    format: source.format,
    items,
    classOrder: 'numbers',
    emptyClasses: [],
    uniformShape: isUniform ? { height, width, channels } : null,
    findings,
    pictures: (signal) => pictures(source, starts, signal),
  };
}

async function* pictures(
  source: ArraySource,
  starts: readonly number[],
  signal: AbortSignal | undefined,
): AsyncGenerator<SourcePicture, void, undefined> {
  const next = [...starts];
  for await (const { part, pixels } of source.rows(signal)) {
    yield { item: next[part]++, kind: 'pixels', pixels };
  }
}
