/** @file Reads a folder or an archive once and finds out what it holds: class folders of pictures, or IDX files. */
import { Findings } from '../findings.ts';
import type { DatasetLimits } from '../limits.ts';
import type { ScannedDataset } from '../scanned.ts';
import type { Container, ContainerEntry } from './container.ts';
import { isIdxName, type ScannedIdx, scanIdx } from './idx.ts';
import { idxChunks, idxDataset } from './idx-dataset.ts';
import { type FoundPicture, findPicture, isJunk, pictureDataset } from './pictures.ts';

export interface ScanOptions {
  readonly limits: DatasetLimits;
  readonly signal?: AbortSignal;
  /** Called with the number of files read so far. */
  readonly onFile?: (files: number) => void;
}

/** @throws dataset_empty, class_names_collide, idx_invalid, and what archives throw */
export async function scanContainer(container: Container, options: ScanOptions): Promise<ScannedDataset> {
  const { limits, signal, onFile } = options;
  const findings = new Findings();
  const folders = new Set<string>();
  const pictures: FoundPicture[] = [];
  const idxFiles: ScannedIdx[] = [];
  let files = 0;
  for await (const entry of container.entries(signal)) {
    addFolders(folders, entry);
    if (entry.kind === 'folder') continue;
    const ordinal = files++;
    onFile?.(files);
    if (isJunk(entry.path)) {
      findings.add('ignored_file', entry.path);
    } else if (isIdxName(entry.path)) {
      idxFiles.push(await scanIdx(idxChunks(entry, limits), entry.path, limits));
    } else if (entry.bytes > limits.maxFileBytes) {
      findings.add('file_too_large', entry.path);
    } else {
      const picture = await findReadable(container, entry, ordinal);
      if (picture === 'unreadable') findings.add('corrupt_image', entry.path);
      else if (picture === null) findings.add('ignored_file', entry.path);
      else pictures.push(picture);
    }
  }
  if (idxFiles.length > 0 && pictures.length === 0) return idxDataset(container, idxFiles, findings, limits);
  for (const { path } of idxFiles) findings.add('ignored_file', path);
  return pictureDataset(container, pictures, folders, findings, limits);
}

/** A file of a local folder that cannot be opened is left out; a damaged archive ends the scan. */
async function findReadable(
  container: Container,
  entry: ContainerEntry,
  ordinal: number,
): Promise<FoundPicture | 'unreadable' | null> {
  if (container.format !== 'folder') return findPicture(entry, ordinal);
  return findPicture(entry, ordinal).catch(() => 'unreadable' as const);
}

/** Archives need not list their folders. */
function addFolders(folders: Set<string>, entry: ContainerEntry): void {
  const parts = entry.path.split('/');
  const depth = entry.kind === 'folder' ? parts.length : parts.length - 1;
  for (let i = depth; i > 0; i--) {
    const folder = parts.slice(0, i).join('/');
    if (folders.has(folder)) return;
    folders.add(folder);
  }
}
