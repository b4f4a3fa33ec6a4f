/** @file A confusion matrix as a picture and as a table. */
import type { Evaluation, ImageShape } from '../../contracts/index.ts';

/** Sides of the picture, more or less; a cell has one pixel at least. */
const PICTURE_PIXELS = 480;
const MAX_CELL_PIXELS = 32;
/** A larger table says nothing to anybody. */
const MAX_TABLE_CLASSES = 30;
const WHITE = [255, 255, 255] as const;
const BLUE = [8, 48, 107] as const;
const LINE = 225;

/** Rows are true classes, columns predicted ones, from the upper left; the darker, the larger the share of the row. */
export function confusionPicture({ confusion }: Pick<Evaluation, 'confusion'>): {
  readonly pixels: Uint8Array;
  readonly shape: ImageShape;
} {
  const classes = confusion.length;
  const cell = Math.max(1, Math.min(MAX_CELL_PIXELS, Math.floor(PICTURE_PIXELS / classes)));
  // A line between cells, where there is room for it.
  const gap = cell >= 8 ? 1 : 0;
  const side = classes * (cell + gap) + gap;
  const pixels = new Uint8Array(side * side * 3).fill(LINE);
  for (const [row, counts] of confusion.entries()) {
    const total = counts.reduce((sum, count) => sum + count, 0);
    for (const [column, count] of counts.entries()) {
      const share = total === 0 ? 0 : count / total;
      const colour = WHITE.map((white, i) => Math.round(white + (BLUE[i] - white) * share));
      const [top, left] = [gap + row * (cell + gap), gap + column * (cell + gap)];
      for (let y = top; y < top + cell; y += 1) {
        for (let x = left; x < left + cell; x += 1) pixels.set(colour, (y * side + x) * 3);
      }
    }
  }
  return { pixels, shape: { height: side, width: side, channels: 3 } };
}

/** As Markdown. */
export function confusionTable({
  confusion,
  perClass,
  split,
}: Pick<Evaluation, 'confusion' | 'perClass' | 'split'>): string {
  if (confusion.length > MAX_TABLE_CLASSES)
    return `${confusion.length} classes, on the ${split} split: see the picture.`;
  const names = perClass.map(({ label }) => label.replaceAll('|', '\\|').replace(/\s+/g, ' ').slice(0, 40));
  const rows = confusion.map((counts, row) => `| **${names[row]}** | ${counts.join(' | ')} |`);
  const head = `| true \\ predicted | ${names.join(' | ')} |`;
  return [`On the ${split} split:`, '', head, `|---${'|---'.repeat(names.length)}|`, ...rows].join('\n');
}
