/** @file What to do about what the check of a dataset found. */
import type { DatasetFinding } from '../api/types.ts';

const ADVICE: Readonly<Record<string, string>> = {
  corrupt_image: 'Training goes on without them. Replace or delete these files if they should count.',
  image_too_large: 'Make these pictures smaller if they should count.',
  file_too_large: 'Look whether these files are pictures at all.',
  unlabelled_image: 'Move them into the folder of their class if they should count.',
  empty_class: 'Add pictures to this class, or delete its folder.',
  class_not_in_train: 'Add training pictures of these classes, or remove them from the other splits.',
  class_imbalance: 'Add pictures to the small classes, and judge the model by its figures for each class.',
  few_images: 'Add pictures: with so few, the model can hardly learn what they have in common.',
  conflicting_labels: 'Decide for one class and delete the other copies.',
  duplicate_across_splits: 'Keep each picture in one split only.',
  duplicate_image: 'Copies count twice. Remove them if that is not meant.',
  similar_names: 'Nothing to do, unless one of them should have replaced the other.',
  tiny_image: 'There is little to see in such small pictures. Look whether they are right.',
  ignored_file: 'Nothing to do, unless a file in the list is a picture that should count.',
};

const BY_SEVERITY: Readonly<Record<DatasetFinding['severity'], string>> = {
  error: 'Correct this before training.',
  warning: 'Training works, but look at this first.',
  info: 'Nothing to do.',
};

const ORDER: readonly DatasetFinding['severity'][] = ['error', 'warning', 'info'];

export function adviceFor(finding: Pick<DatasetFinding, 'code' | 'severity'>): string {
  return Object.hasOwn(ADVICE, finding.code) ? ADVICE[finding.code] : BY_SEVERITY[finding.severity];
}

/** Errors first. */
export function sortFindings(findings: readonly DatasetFinding[]): DatasetFinding[] {
  return [...findings].sort((a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity) || b.count - a.count);
}
