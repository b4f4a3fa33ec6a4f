/** @file Class folders of picture files, in a folder or an archive. */
import { createHash } from 'node:crypto';
import { PictorError } from '../../contracts/index.ts';
import type { Findings } from '../findings.ts';
import { understandLayout } from '../layout.ts';
import type { DatasetLimits } from '../limits.ts';
import { PICTURE_SUFFIX, pictureFormat } from '../picture-format.ts';
import type { ScannedDataset, ScannedItem, SourcePicture } from '../scanned.ts';
import { cleanClassName, compareCodePoints } from '../text.ts';
import { readAll } from './byte-reader.ts';
import type { Container, ContainerEntry } from './container.ts';

/** A file that may be a picture. */
export interface FoundPicture {
  readonly path: string;
  readonly digest: string;
  /** How many files the container holds before it. */
  readonly ordinal: number;
}

/** What operating systems and tools leave behind: never a picture, whatever its suffix. */
export function isJunk(path: string): boolean {
  return path.split('/').some((part) => part.startsWith('.') || JUNK_NAMES.has(part.toLowerCase()));
}

const JUNK_NAMES = new Set(['__macosx', 'thumbs.db', 'desktop.ini', 'ehthumbs.db', '@eadir', '$recycle.bin']);

/** Reads a file once: null when neither its name nor its content says picture. */
export async function findPicture(entry: ContainerEntry, ordinal: number): Promise<FoundPicture | null> {
  const named = PICTURE_SUFFIX.test(entry.path);
  const hasSuffix = /\.[^./]{1,8}$/.test(entry.path);
  if (!named && hasSuffix) return null;
  const hash = createHash('sha256');
  let isFirst = true;
  for await (const chunk of entry.open()) {
    // Some datasets name their pictures without a suffix.
    if (isFirst && !named && pictureFormat(chunk) === null) return null;
    isFirst = false;
    hash.update(chunk);
  }
  if (isFirst && !named) return null;
  return { path: entry.path, digest: hash.digest('hex'), ordinal };
}

/**
 * @param found in the container's order
 * @throws dataset_empty, class_names_collide
 */
export function pictureDataset(
  container: Container,
  found: readonly FoundPicture[],
  folders: ReadonlySet<string>,
  findings: Findings,
  limits: DatasetLimits,
): ScannedDataset {
  const layout = understandLayout(
    found.map(({ path }) => path),
    [...folders].filter((folder) => !isJunk(folder)),
  );
  const placed: { picture: FoundPicture; item: ScannedItem }[] = [];
  const rawNames = new Set<string>();
  found.forEach((picture, i) => {
    const place = layout.places[i];
    if (place === null) {
      findings.add('unlabelled_image', picture.path);
      return;
    }
    rawNames.add(place.className);
    const className = cleanClassName(place.className);
    placed.push({ picture, item: { name: place.path, split: place.split, className, digest: picture.digest } });
  });
  if (placed.length === 0) throw emptyError(container, found.length);
  checkClassNames(rawNames, findings);
  placed.sort((a, b) => compareCodePoints(a.item.name, b.item.name) || a.picture.ordinal - b.picture.ordinal);
  noteSimilarNames(
    placed.map(({ item }) => item.name),
    findings,
  );

  const itemOfOrdinal = new Map(placed.map(({ picture }, item) => [picture.ordinal, { item, path: picture.path }]));
  return {
    format: container.format,
    items: placed.map(({ item }) => item),
    classOrder: 'names',
    emptyClasses: layout.emptyClasses.map(cleanClassName),
    uniformShape: null,
    findings: findings.list(),
    pictures: (signal) => readPictures(container, itemOfOrdinal, limits, signal),
  };
}

async function* readPictures(
  container: Container,
  itemOfOrdinal: ReadonlyMap<number, { readonly item: number; readonly path: string }>,
  limits: DatasetLimits,
  signal: AbortSignal | undefined,
): AsyncGenerator<SourcePicture, void, undefined> {
  let ordinal = 0;
  for await (const entry of container.entries(signal)) {
    if (entry.kind !== 'file') continue;
    const wanted = itemOfOrdinal.get(ordinal++);
    if (!wanted) continue;
    if (wanted.path !== entry.path) {
      throw new PictorError('archive_corrupt', `${container.name} changed while it was being read.`, {
        fix: 'Wait until the file is written completely, then try again.',
      });
    }
    const bytes = await readEntry(container, entry, limits);
    yield bytes ? { item: wanted.item, kind: 'file', bytes } : { item: wanted.item, kind: 'unreadable' };
  }
}

async function readEntry(
  container: Container,
  entry: ContainerEntry,
  limits: DatasetLimits,
): Promise<Uint8Array | null> {
  if (container.format !== 'folder') return readAll(entry.open(), limits.maxFileBytes);
  // A file on disk may go or be closed to us at any time; that is no reason to give up on the others.
  return readAll(entry.open(), limits.maxFileBytes).catch(() => null);
}

function emptyError(container: Container, pictureCount: number): PictorError {
  const what =
    pictureCount === 0
      ? 'holds no pictures'
      : `holds ${pictureCount} pictures, but none in a folder that names its class`;
  return new PictorError('dataset_empty', `${container.name} ${what}.`, { details: { pictures: pictureCount } });
}

/** @throws class_names_collide when two names differ only by case, or become equal by cleaning. */
function checkClassNames(rawNames: ReadonlySet<string>, findings: Findings): void {
  const seen = new Map<string, string>();
  for (const raw of [...rawNames].sort(compareCodePoints)) {
    const composed = raw.normalize('NFC');
    const clean = cleanClassName(raw);
    if (clean !== composed) findings.add('class_name_cleaned', clean);
    const key = clean.toLowerCase();
    const other = seen.get(key);
    if (other === undefined) {
      seen.set(key, composed);
    } else if (other === composed) {
      findings.add('similar_names', composed);
    } else {
      throw new PictorError(
        'class_names_collide',
        `The class folders ${JSON.stringify(other)} and ${JSON.stringify(composed)} differ only by case or by characters that cannot be shown.`,
        { details: { classes: [other, composed] } },
      );
    }
  }
}

function noteSimilarNames(names: readonly string[], findings: Findings): void {
  const seen = new Set<string>();
  for (const name of names) {
    const key = name.normalize('NFC').toLowerCase();
    if (seen.has(key)) findings.add('similar_names', name);
    seen.add(key);
  }
}
