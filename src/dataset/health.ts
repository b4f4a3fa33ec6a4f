/** @file What the health report says about classes and copies. */
import { SPLITS, type Split, type SplitSummary } from '../contracts/index.ts';
import type { Findings } from './findings.ts';

const IMBALANCE_RATIO = 3;
const FEW_IMAGES = 10;

export interface PlacedPicture {
  readonly name: string;
  readonly split: Split;
  readonly label: number;
  readonly digest: string;
}

export function reportClassSizes(classes: readonly string[], train: SplitSummary, findings: Findings): void {
  const counts = classes.map((name, label) => ({ name, count: train.perClass[label] }));
  for (const { name, count } of counts) if (count < FEW_IMAGES) findings.add('few_images', name);
  counts.sort((a, b) => b.count - a.count);
  const [largest, smallest] = [counts[0], counts[counts.length - 1]];
  if (largest.count <= smallest.count * IMBALANCE_RATIO) return;
  const message =
    `The class ${JSON.stringify(largest.name)} has ${largest.count} training pictures, ${JSON.stringify(smallest.name)} only ` +
    `${smallest.count}: small classes will be recognised less well.`;
  findings.note(
    'class_imbalance',
    message,
    counts.filter(({ count }) => largest.count > count * IMBALANCE_RATIO).map(({ name }) => name),
  );
}

/** Looks for pictures that are equal byte for byte (files) or pixel for pixel (arrays). */
export function reportCopies(pictures: readonly PlacedPicture[], findings: Findings): void {
  const groups = new Map<string, PlacedPicture[]>();
  for (const picture of pictures) {
    const group = groups.get(picture.digest);
    if (group) group.push(picture);
    else groups.set(picture.digest, [picture]);
  }
  for (const group of groups.values()) {
    if (group.length === 1) continue;
    const labels = new Set(group.map(({ label }) => label));
    if (labels.size > 1) for (const { name } of group) findings.add('conflicting_labels', name);
    const first = SPLITS.find((split) => group.some((picture) => picture.split === split));
    for (const { name, split } of group) if (split !== first) findings.add('duplicate_across_splits', name);
    const seen = new Set<string>();
    for (const { name, split, label } of group) {
      const place = `${split} ${label}`;
      if (seen.has(place)) findings.add('duplicate_image', name);
      seen.add(place);
    }
  }
}
