/** @file Joins a dataset with another one that is its test split. */
import { PictorError } from '../contracts/index.ts';
import { Findings } from './findings.ts';
import type { ScannedDataset, ScannedItem, SourcePicture } from './scanned.ts';
import { compareCodePoints } from './text.ts';

/**
 * @param test its test split, or all of it when it has none
 * @throws test_classes_differ when it has a class that `dataset` does not have; dataset_empty
 */
export function withTestSource(dataset: ScannedDataset, test: ScannedDataset): ScannedDataset {
  const own = dataset.items.map((item) => item.split !== 'test');
  const hasTestSplit = test.items.some(({ split }) => split === 'test');
  const taken = test.items.map((item) => !hasTestSplit || item.split === 'test');
  const ownItems = dataset.items.filter((_, i) => own[i]);
  const testItems = test.items.filter((_, i) => taken[i]).map((item): ScannedItem => ({ ...item, split: 'test' }));
  checkClasses(ownItems, testItems);

  const findings = new Findings();
  findings.merge(dataset.findings);
  findings.merge(test.findings);
  if (ownItems.length < dataset.items.length) {
    findings.add('test_replaced', undefined, dataset.items.length - ownItems.length);
  }
  const [a, b] = [dataset.uniformShape, test.uniformShape];
  const isSame = a && b && a.height === b.height && a.width === b.width && a.channels === b.channels;
  return {
    format: dataset.format,
    items: [...ownItems, ...testItems],
    classOrder: dataset.classOrder,
    emptyClasses: dataset.emptyClasses,
    uniformShape: isSame ? a : null,
    findings: findings.list(),
    async *pictures(signal) {
      yield* renumbered(dataset, own, 0, signal);
      yield* renumbered(test, taken, ownItems.length, signal);
    },
  };
}

async function* renumbered(
  dataset: ScannedDataset,
  isTaken: readonly boolean[],
  start: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<SourcePicture, void, undefined> {
  let next = start;
  const numbers = isTaken.map((taken) => (taken ? next++ : -1));
  for await (const picture of dataset.pictures(signal)) {
    const item = numbers[picture.item];
    if (item >= 0) yield { ...picture, item };
  }
}

function checkClasses(items: readonly ScannedItem[], testItems: readonly ScannedItem[]): void {
  const known = new Set(items.filter(({ split }) => split === 'train').map(({ className }) => className));
  const unknown = new Set(testItems.map(({ className }) => className).filter((name) => !known.has(name)));
  if (unknown.size === 0) return;
  const quote = (names: Iterable<string>) =>
    [...names]
      .sort(compareCodePoints)
      .slice(0, 10)
      .map((name) => JSON.stringify(name))
      .join(', ');
  throw new PictorError(
    'test_classes_differ',
    `The test set has classes that the training set does not have: ${quote(unknown)}. The training set has ${quote(known)}.`,
    { details: { unknown: [...unknown], known: [...known] } },
  );
}
