/** @file Reads an augmentation from text, such as `flip,rotation=0.05,crop=4`, and writes it. */
import { type AugmentationSpec, type FactorRange, FILL_MODES, FLIPS, PictorError } from '../../contracts/index.ts';

/** The parts of a spec that text can name. */
type Part = Exclude<keyof AugmentationSpec, 'fillValue'>;

interface PartRule {
  /** For messages. */
  readonly expected: string;
  /** The part's value, or null when the text is none; `''` stands for a name without `=`. */
  read(text: string): Partial<AugmentationSpec> | null;
}

/** In the order in which they happen; a part without a rule does not compile. */
const PARTS: { readonly [P in Part]: PartRule } = {
  flip: {
    expected: 'flip, flip=vertical or flip=both',
    read: (text) => {
      const flip = text === '' ? 'horizontal' : FLIPS.find((each) => each === text);
      return flip ? { flip } : null;
    },
  },
  rotation: {
    expected: 'a fraction of a full turn up to 1, such as rotation=0.05, or a range, such as rotation=0..0.1',
    read: (text) => some(range(text, -1, 1), (rotation) => ({ rotation })),
  },
  zoom: {
    expected: 'a factor above -1, at most 1, such as zoom=0.1, or a range, such as zoom=-0.3..0.1',
    read: (text) => some(range(text, -0.99, 1), (zoom) => ({ zoom })),
  },
  translation: {
    expected: 'a share of the picture up to 1, such as translation=0.1, or of height and width: translation=0.1x0.2',
    read: (text) => {
      const shares = text.split('x').map((each) => number(each, 0, 1));
      if (shares.length > 2 || shares.includes(null)) return null;
      const [height, width] = shares as number[];
      return { translation: width === undefined ? height : [height, width] };
    },
  },
  crop: {
    expected: 'a whole number of pixels from 0 to 1024, such as crop=4',
    read: (text) => some(number(text, 0, 1024), (crop) => (Number.isInteger(crop) ? { crop } : null)),
  },
  contrast: {
    expected: 'a factor from 0 to 1, such as contrast=0.1',
    read: (text) => some(number(text, 0, 1), (contrast) => ({ contrast })),
  },
  brightness: {
    expected: 'a share of 255 from 0 to 1, such as brightness=0.1, or a range, such as brightness=-0.2..0.1',
    read: (text) => some(range(text, -1, 1), (brightness) => ({ brightness })),
  },
  erasing: {
    expected: 'a probability, such as erasing=0.25, or with the range of areas: erasing=0.25@0.02..0.2',
    read: (text) => {
      const [chance, areas, more] = text.split('@');
      const probability = number(chance, 0, 1);
      if (probability === null || more !== undefined) return null;
      if (areas === undefined) return { erasing: { probability } };
      const area = range(areas, 0, 1);
      return area === null || typeof area === 'number' ? null : { erasing: { probability, area } };
    },
  },
  mixup: {
    expected: 'a number above 0, at most 10, such as mixup=0.2',
    read: (text) => some(number(text, 0, 10), (mixup) => (mixup > 0 ? { mixup } : null)),
  },
  fill: {
    expected: `one of ${FILL_MODES.map((mode) => `fill=${mode}`).join(', ')}`,
    read: (text) => {
      const fill = FILL_MODES.find((each) => each === text);
      return fill ? { fill } : null;
    },
  },
};

/** What nobody chose: the recipe does. */
export const AUTOMATIC = 'auto';
const NONE = 'none';

/**
 * @param text `auto`, `none`, or parts with commas between, as `--augment` has them
 * @returns null for none
 * @throws `training_option_invalid` naming the part, what was received and what was expected
 */
export function parseAugmentation(text: string): AugmentationSpec | typeof AUTOMATIC | null {
  const trimmed = text.trim();
  if (trimmed === AUTOMATIC) return AUTOMATIC;
  if (trimmed === NONE) return null;
  let spec: AugmentationSpec = {};
  const seen = new Set<string>();
  for (const part of trimmed.split(',')) {
    const [name, ...rest] = part.split('=').map((each) => each.trim());
    if (!isPart(name)) {
      throw invalid(
        part,
        `"${part.trim()}" is no part of it`,
        `${AUTOMATIC}, ${NONE}, or some of ${Object.keys(PARTS).join(', ')}`,
      );
    }
    if (seen.has(name)) throw invalid(name, `${name} is there twice`, 'each part once');
    seen.add(name);
    const value = rest.length > 1 ? null : PARTS[name].read(rest[0] ?? '');
    if (!value) throw invalid(name, `"${part.trim()}" cannot be read`, PARTS[name].expected);
    spec = { ...spec, ...value };
  }
  return spec;
}

/** The text that `parseAugmentation` reads the same from; `none` for null. `fillValue` has no text. */
export function describeAugmentation(spec: AugmentationSpec | null): string {
  if (spec === null) return NONE;
  const parts = (Object.keys(PARTS) as Part[]).flatMap((name) => {
    const value = spec[name];
    return value === undefined ? [] : [textOf(name, value)];
  });
  return parts.length === 0 ? NONE : parts.join(',');
}

function textOf(name: Part, value: NonNullable<AugmentationSpec[Part]>): string {
  if (value === 'horizontal') return name;
  if (typeof value !== 'object') return `${name}=${value}`;
  if ('probability' in value) {
    return `${name}=${value.probability}${value.area === undefined ? '' : `@${value.area.join('..')}`}`;
  }
  return `${name}=${value.join(name === 'translation' ? 'x' : '..')}`;
}

function isPart(name: string): name is Part {
  return Object.hasOwn(PARTS, name);
}

/** `a..b`, or one number of either sign's size. */
function range(text: string, min: number, max: number): FactorRange | null {
  const ends = text.split('..');
  if (ends.length === 1) return number(text, 0, max);
  const [low, high] = ends.map((each) => number(each, min, max));
  return ends.length > 2 || low === null || high === null || low > high ? null : [low, high];
}

function number(text: string, min: number, max: number): number | null {
  if (!/^-?\d+(\.\d+)?$/.test(text.trim())) return null;
  const value = Number(text);
  return value >= min && value <= max ? value : null;
}

function some<T>(
  value: T | null,
  then: (value: T) => Partial<AugmentationSpec> | null,
): Partial<AugmentationSpec> | null {
  return value === null ? null : then(value);
}

function invalid(part: string, what: string, expected: string): PictorError {
  return new PictorError('training_option_invalid', `augment: ${what}; expected ${expected}.`, {
    fix: 'Write it like flip,rotation=0.05,zoom=0.1,translation=0.1, or leave it out.',
    details: { option: 'augment', part },
  });
}
