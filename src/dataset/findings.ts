/** @file Every kind of finding of the health report: how serious it is and how it is put. */
import type { DatasetFinding, FindingSeverity } from '../contracts/index.ts';

interface FindingKind {
  readonly severity: FindingSeverity;
  readonly message: (count: number) => string;
}

const files = (count: number) => (count === 1 ? '1 file' : `${count} files`);
const pictures = (count: number) => (count === 1 ? '1 picture' : `${count} pictures`);
const classes = (count: number) => (count === 1 ? '1 class' : `${count} classes`);

const FINDING_KINDS = {
  corrupt_image: {
    severity: 'warning',
    message: (n) => `${files(n)} could not be read as a picture and ${n === 1 ? 'was' : 'were'} left out.`,
  },
  image_too_large: {
    severity: 'warning',
    message: (n) => `${pictures(n)} with too many pixels ${n === 1 ? 'was' : 'were'} left out.`,
  },
  file_too_large: {
    severity: 'warning',
    message: (n) => `${files(n)} longer than a picture may be ${n === 1 ? 'was' : 'were'} left out.`,
  },
  unlabelled_image: {
    severity: 'warning',
    message: (n) => `${pictures(n)} outside the class folders ${n === 1 ? 'was' : 'were'} left out.`,
  },
  empty_class: {
    severity: 'warning',
    message: (n) => `${classes(n)} without any readable picture ${n === 1 ? 'was' : 'were'} left out.`,
  },
  class_not_in_train: {
    severity: 'warning',
    message: (n) => `${pictures(n)} of classes that have no training picture ${n === 1 ? 'was' : 'were'} left out.`,
  },
  class_name_cleaned: {
    severity: 'warning',
    message: (n) => `Control characters in the name of ${classes(n)} were replaced.`,
  },
  class_imbalance: {
    severity: 'warning',
    message: () => 'Some classes have more than three times as many training pictures as others.',
  },
  few_images: {
    severity: 'warning',
    message: (n) => `${classes(n)} ${n === 1 ? 'has' : 'have'} fewer than 10 training pictures.`,
  },
  conflicting_labels: {
    severity: 'warning',
    message: (n) => `${pictures(n)} appear under more than one class.`,
  },
  duplicate_across_splits: {
    severity: 'warning',
    message: (n) =>
      `${pictures(n)} of the validation or test split ${n === 1 ? 'is' : 'are'} also in another split, which makes accuracy look better than it is.`,
  },
  duplicate_image: {
    severity: 'warning',
    message: (n) => `${pictures(n)} ${n === 1 ? 'is an exact copy' : 'are exact copies'} of others of the same class.`,
  },
  similar_names: {
    severity: 'info',
    message: (n) =>
      `${files(n)} ${n === 1 ? 'has a name' : 'have names'} that differ from another only by case or Unicode form, or not at all; all are used.`,
  },
  tiny_image: {
    severity: 'info',
    message: (n) => `${pictures(n)} ${n === 1 ? 'is' : 'are'} less than 8 pixels wide or high.`,
  },
  damaged_image: {
    severity: 'info',
    message: (n) => `${pictures(n)} could be read although the file is slightly damaged.`,
  },
  ignored_file: {
    severity: 'info',
    message: (n) => `${files(n)} that ${n === 1 ? 'is no picture was' : 'are no pictures were'} ignored.`,
  },
  validation_split_ignored: {
    severity: 'info',
    message: () => 'The dataset brings its own validation split; the validation share that was asked for was not used.',
  },
  test_replaced: {
    severity: 'info',
    message: (n) =>
      `${pictures(n)} of the dataset's own test split ${n === 1 ? 'was' : 'were'} left out in favour of the test set given.`,
  },
} as const satisfies Record<string, FindingKind>;

export type FindingCode = keyof typeof FINDING_KINDS;

const MAX_NAMED_FILES = 20;

/** Gathers findings; hands them out most serious first. */
export class Findings {
  readonly #found = new Map<FindingCode, { count: number; files: string[]; message?: string }>();

  /** @param count how many files `file` stands for. Default 1. */
  add(code: FindingCode, file?: string, count = 1): void {
    let found = this.#found.get(code);
    if (!found) {
      found = { count: 0, files: [] };
      this.#found.set(code, found);
    }
    found.count += count;
    if (file !== undefined && found.files.length < MAX_NAMED_FILES) found.files.push(file);
  }

  /** As `add`, with a message that says more than the usual one. */
  note(code: FindingCode, message: string, files: readonly string[]): void {
    this.#found.set(code, { count: files.length, files: files.slice(0, MAX_NAMED_FILES), message });
  }

  merge(findings: readonly DatasetFinding[]): void {
    for (const { code, count, files: named } of findings) {
      if (!isFindingCode(code)) continue;
      this.add(code, undefined, count);
      const found = this.#found.get(code)!;
      found.files.push(...named.slice(0, MAX_NAMED_FILES - found.files.length));
    }
  }

  list(): DatasetFinding[] {
    const order = Object.keys(FINDING_KINDS) as FindingCode[];
    return order.flatMap((code) => {
      const found = this.#found.get(code);
      if (!found) return [];
      const { severity, message } = FINDING_KINDS[code];
      return [
        { severity, code, message: found.message ?? message(found.count), count: found.count, files: found.files },
      ];
    });
  }
}

function isFindingCode(code: string): code is FindingCode {
  return code in FINDING_KINDS;
}
