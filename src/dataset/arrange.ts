/** @file Gives readable pictures their class numbers and splits, and writes the health report. */
import { type DatasetFinding, PictorError, type Split, type SplitSummary } from '../contracts/index.ts';
import { Findings } from './findings.ts';
import { type PlacedPicture, reportClassSizes, reportCopies } from './health.ts';
import type { DatasetLimits } from './limits.ts';
import type { ScannedDataset } from './scanned.ts';
import { chooseValidation, DEFAULT_VALIDATION_SPLIT, MAX_DEFAULT_VALIDATION } from './split.ts';
import { compareCodePoints } from './text.ts';

export interface ArrangedSplit {
  /** Items, in order. */
  readonly rows: Uint32Array;
  /** Class index of each. */
  readonly labels: Int32Array;
  readonly summary: SplitSummary;
}

export interface Arrangement {
  readonly classes: readonly string[];
  readonly splits: Readonly<Record<Split, ArrangedSplit>>;
  /** The share that was asked for or chosen; of a validation split that the dataset brings, what it makes out. */
  readonly validationSplit: number;
  readonly findings: readonly DatasetFinding[];
}

export interface ArrangeOptions {
  readonly validationSplit: number | undefined;
  readonly seed: number;
}

/** Finds out early, before anything is decoded, what can never become a dataset. @throws dataset_one_class, dataset_too_large */
export function checkScanned(dataset: ScannedDataset, limits: DatasetLimits): void {
  const { items } = dataset;
  if (items.length > limits.maxImages) {
    throw new PictorError(
      'dataset_too_large',
      `The dataset has ${items.length} pictures; at most ${limits.maxImages} are accepted.`,
      {
        details: { images: items.length, maxImages: limits.maxImages },
      },
    );
  }
  const classes = trainClasses(dataset, () => true);
  if (classes.length > limits.maxClasses) {
    throw new PictorError(
      'dataset_too_large',
      `The dataset has ${classes.length} classes; at most ${limits.maxClasses} are accepted.`,
    );
  }
  checkClasses(classes, dataset);
}

/** @throws dataset_empty, dataset_one_class, dataset_option_invalid */
export function arrange(
  dataset: ScannedDataset,
  isReadable: Uint8Array,
  found: Findings,
  options: ArrangeOptions,
): Arrangement {
  const findings = new Findings();
  findings.merge(dataset.findings);
  findings.merge(found.list());
  const { items } = dataset;
  if (!isReadable.includes(1)) {
    throw new PictorError('dataset_empty', `None of the ${items.length} pictures could be read.`, {
      fix: 'Check that the files are JPEG, PNG, GIF, WebP, TIFF, AVIF or BMP pictures.',
    });
  }
  const classes = trainClasses(dataset, (item) => isReadable[item] === 1);
  checkClasses(classes, dataset);
  reportEmptyClasses(dataset, classes, findings);

  const labelOf = new Map(classes.map((name, label) => [name, label]));
  const members: Record<Split, number[]> = { train: [], validation: [], test: [] };
  const labels = new Int32Array(items.length);
  items.forEach(({ split, className, name }, item) => {
    if (isReadable[item] !== 1) return;
    const label = labelOf.get(className);
    if (label === undefined) {
      findings.add('class_not_in_train', name);
      return;
    }
    labels[item] = label;
    members[split].push(item);
  });
  const hasOwnValidation = members.validation.length > 0;
  if (!hasOwnValidation) carveValidation(members, labels, dataset, options);
  else if (options.validationSplit !== undefined) findings.add('validation_split_ignored');

  const splitOf = (split: Split) => arrangeSplit(members[split], labels, classes.length);
  const splits = { train: splitOf('train'), validation: splitOf('validation'), test: splitOf('test') };
  reportClassSizes(classes, splits.train.summary, findings);
  reportCopies(placedPictures(members, labels, dataset), findings);
  const [trained, validated] = [members.train.length, members.validation.length];
  const share = validated / (trained + validated);
  const chosen = options.validationSplit ?? (validated === MAX_DEFAULT_VALIDATION ? share : DEFAULT_VALIDATION_SPLIT);
  return { classes, splits, validationSplit: hasOwnValidation ? share : chosen, findings: findings.list() };
}

function trainClasses(dataset: ScannedDataset, isUsed: (item: number) => boolean): string[] {
  const names = new Set<string>();
  dataset.items.forEach(({ split, className }, item) => {
    if (split === 'train' && isUsed(item)) names.add(className);
  });
  const compare =
    dataset.classOrder === 'numbers' ? (a: string, b: string) => Number(a) - Number(b) : compareCodePoints;
  return [...names].sort(compare);
}

function checkClasses(classes: readonly string[], dataset: ScannedDataset): void {
  if (classes.length > 1) return;
  if (classes.length === 0) {
    throw new PictorError('dataset_empty', 'The dataset has no training pictures.', {
      details: { pictures: dataset.items.length },
    });
  }
  const empty =
    dataset.emptyClasses.length > 0 ? ` The folders without pictures are ${quoteAll(dataset.emptyClasses)}.` : '';
  throw new PictorError(
    'dataset_one_class',
    `The dataset has one class with pictures only, ${JSON.stringify(classes[0])}; at least two are needed to tell apart.${empty}`,
    { details: { classes } },
  );
}

function quoteAll(names: readonly string[]): string {
  return (
    names
      .slice(0, 5)
      .map((name) => JSON.stringify(name))
      .join(', ') + (names.length > 5 ? ', …' : '')
  );
}

function reportEmptyClasses(dataset: ScannedDataset, classes: readonly string[], findings: Findings): void {
  const used = new Set(classes);
  const empty = new Set(dataset.emptyClasses);
  for (const { split, className } of dataset.items) if (split === 'train') empty.add(className);
  for (const name of [...empty].sort(compareCodePoints)) if (!used.has(name)) findings.add('empty_class', name);
}

function carveValidation(
  members: Record<Split, number[]>,
  labels: Int32Array,
  dataset: ScannedDataset,
  options: ArrangeOptions,
): void {
  const candidates = members.train.map((item) => ({ label: labels[item], digest: dataset.items[item].digest }));
  const chosen = new Set(chooseValidation(candidates, options.validationSplit, options.seed));
  const all = members.train;
  members.train = all.filter((_, i) => !chosen.has(i));
  members.validation = all.filter((_, i) => chosen.has(i));
}

function arrangeSplit(members: readonly number[], labels: Int32Array, classCount: number): ArrangedSplit {
  const perClass = new Array<number>(classCount).fill(0);
  for (const item of members) perClass[labels[item]] += 1;
  return {
    rows: Uint32Array.from(members),
    labels: Int32Array.from(members, (item) => labels[item]),
    summary: { count: members.length, perClass },
  };
}

function placedPictures(
  members: Readonly<Record<Split, readonly number[]>>,
  labels: Int32Array,
  dataset: ScannedDataset,
): PlacedPicture[] {
  return (['train', 'validation', 'test'] as const).flatMap((split) =>
    members[split].map((item) => {
      const { name, digest } = dataset.items[item];
      return { name, split, label: labels[item], digest };
    }),
  );
}
