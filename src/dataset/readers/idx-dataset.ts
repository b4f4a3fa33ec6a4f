/** @file Pairs IDX files of images and labels in a folder or an archive. */
import { PictorError, type Split } from '../../contracts/index.ts';
import type { Findings } from '../findings.ts';
import type { DatasetLimits } from '../limits.ts';
import type { ScannedDataset } from '../scanned.ts';
import { type ArrayPart, type ArrayRow, arrayDataset } from './array-dataset.ts';
import type { Container, ContainerEntry } from './container.ts';
import { gunzipChunks } from './gunzip.ts';
import { idxImages, type ScannedIdx } from './idx.ts';
import { UnpackMeter } from './unpack-meter.ts';

type IdxImages = ScannedIdx & { kind: 'images' };

/** The unpacked bytes of a plain or gzipped IDX file. */
export function idxChunks(entry: ContainerEntry, limits: DatasetLimits): AsyncIterable<Uint8Array> {
  if (!/\.gz$/i.test(entry.path)) return entry.open();
  return gunzipChunks(entry.open(), new UnpackMeter(limits, entry.bytes), entry.path);
}

/** @throws idx_invalid when images have no labels, or another number of them; dataset_empty. */
export function idxDataset(
  container: Container,
  found: readonly ScannedIdx[],
  findings: Findings,
  limits: DatasetLimits,
): ScannedDataset {
  const images: IdxImages[] = [];
  const parts: ArrayPart[] = [];
  for (const split of ['train', 'validation', 'test'] as const) {
    const pair = pairOf(found, split, findings);
    if (!pair) continue;
    const { width, height, digests } = pair.images;
    images.push(pair.images);
    parts.push({ split, width, height, channels: 1, digests, labels: pair.labels });
  }
  const rows = (signal?: AbortSignal) => readRows(container, images, limits, signal);
  return arrayDataset({ format: 'idx', parts, rows }, container.name, findings.list());
}

function pairOf(
  found: readonly ScannedIdx[],
  split: Split,
  findings: Findings,
): { images: IdxImages; labels: Int32Array } | null {
  // The same file may lie there packed and unpacked: one is enough.
  const [images, ...moreImages] = found.filter(
    (file): file is IdxImages => file.kind === 'images' && file.split === split,
  );
  const [labels, ...moreLabels] = found.filter((file) => file.kind === 'labels' && file.split === split);
  for (const { path } of [...moreImages, ...moreLabels]) findings.add('ignored_file', path);
  if (!images && !labels) return null;
  if (!images || labels?.kind !== 'labels') {
    const [there, missing] = images ? [images.path, 'labels'] : [labels?.path, 'images'];
    throw new PictorError('idx_invalid', `There is an IDX file ${there}, but none with its ${missing}.`);
  }
  if (images.digests.length !== labels.labels.length) {
    throw new PictorError(
      'idx_invalid',
      `The IDX file ${images.path} holds ${images.digests.length} images, ${labels.path} ${labels.labels.length} labels.`,
      { details: { images: images.digests.length, labels: labels.labels.length } },
    );
  }
  return { images, labels: labels.labels };
}

async function* readRows(
  container: Container,
  images: readonly IdxImages[],
  limits: DatasetLimits,
  signal: AbortSignal | undefined,
): AsyncGenerator<ArrayRow, void, undefined> {
  for await (const entry of container.entries(signal)) {
    const part = images.findIndex(({ path }) => path === entry.path);
    if (entry.kind !== 'file' || part < 0) continue;
    const { width, height } = images[part];
    for await (const data of idxImages(idxChunks(entry, limits), images[part])) {
      yield { part, pixels: { data, width, height, channels: 1 } };
    }
  }
}
