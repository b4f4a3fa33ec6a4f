/** @file Understands class folders: with or without one top folder, with or without train/, validation/ and test/. */
import type { Split } from '../contracts/index.ts';

export interface Layout {
  /** For each picture path, where it belongs; null when it lies outside the class folders. */
  readonly places: readonly (Place | null)[];
  /** Class folders without pictures, as named on disk. */
  readonly emptyClasses: readonly string[];
}

export interface Place {
  readonly split: Split;
  /** As named on disk. */
  readonly className: string;
  /** The path below the top folder. */
  readonly path: string;
}

interface Picture {
  readonly index: number;
  readonly parts: readonly string[];
}

/**
 * @param paths of pictures, with `/`
 * @param folders all folders, empty ones too
 */
export function understandLayout(paths: readonly string[], folders: Iterable<string>): Layout {
  const pictures = paths.map((path, index) => ({ index, parts: path.split('/') }));
  const folderParts = Array.from(folders, (folder) => folder.split('/'));
  const places: (Place | null)[] = paths.map(() => null);
  const emptyClasses = new Set<string>();
  const top = topFolder(pictures, []);

  const placeClasses = (members: readonly Picture[], root: readonly string[], split: Split) => {
    const used = new Set<string>();
    for (const { index, parts } of members) {
      if (parts.length < root.length + 2) continue;
      const className = parts[root.length];
      used.add(className);
      places[index] = { split, className, path: parts.slice(top.length).join('/') };
    }
    for (const parts of folderParts) {
      if (parts.length === root.length + 1 && isBelow(parts, root) && !used.has(parts[root.length])) {
        emptyClasses.add(parts[root.length]);
      }
    }
  };

  const splitFolders = findSplitFolders(pictures, top);
  if (splitFolders === null) {
    const inside = pictures.filter(({ parts }) => isBelow(parts, top));
    placeClasses(inside, top, 'train');
  } else {
    for (const [folder, split] of splitFolders) {
      const base = [...top, folder];
      const inside = pictures.filter(({ parts }) => isBelow(parts, base));
      placeClasses(inside, topFolder(inside, base), split);
    }
  }
  return { places, emptyClasses: [...emptyClasses] };
}

/** Goes down as long as there is one folder only and most of its pictures lie deeper: they need a class folder of their own. */
function topFolder(pictures: readonly Picture[], from: readonly string[]): string[] {
  const top = [...from];
  while (true) {
    const depth = top.length;
    const inFolders = pictures.filter(({ parts }) => parts.length > depth + 1 && isBelow(parts, top));
    const names = new Set(inFolders.map(({ parts }) => parts[depth]));
    const deeper = inFolders.filter(({ parts }) => parts.length > depth + 2).length;
    if (names.size !== 1 || deeper * 2 <= inFolders.length) return top;
    top.push(...names);
  }
}

/** The folders that are splits, or null when the folders are classes. */
function findSplitFolders(pictures: readonly Picture[], top: readonly string[]): Map<string, Split> | null {
  const depth = top.length;
  const deep = new Map<string, number>();
  for (const { parts } of pictures) {
    if (parts.length < depth + 2 || !isBelow(parts, top)) continue;
    // A folder with pictures directly in it is a class, whatever its name (there are classes of trains).
    const name = parts[depth];
    deep.set(name, (deep.get(name) ?? 0) + (parts.length > depth + 2 ? 1 : -1));
  }
  const splits = new Map<string, Split>();
  for (const name of deep.keys()) {
    const split = splitName(name);
    if (split) splits.set(name, split);
  }
  const hasTrain = [...splits].some(([name, split]) => split === 'train' && deep.get(name)! > 0);
  return hasTrain && new Set(splits.values()).size > 1 ? splits : null;
}

const SPLIT_NAMES: readonly (readonly [RegExp, Split])[] = [
  [/^(.+[-_ ])?(train|training|trainset)([-_ ](set|data|images))?$/i, 'train'],
  [/^(.+[-_ ])?(val|valid|validation|dev)([-_ ](set|data|images))?$/i, 'validation'],
  [/^(.+[-_ ])?(test|testing|testset)([-_ ](set|data|images))?$/i, 'test'],
];

function splitName(folder: string): Split | null {
  return SPLIT_NAMES.find(([pattern]) => pattern.test(folder))?.[1] ?? null;
}

function isBelow(parts: readonly string[], root: readonly string[]): boolean {
  return parts.length > root.length && root.every((part, i) => parts[i] === part);
}
