/** @file An evaluation as tables. */
import type { Evaluation, ModelManifest } from '../contracts/index.ts';
import type { Output } from './output.ts';
import { type Column, count, integer, percent, plain, table } from './text.ts';

/** More classes than this make a matrix that no terminal shows; then the most frequent mistakes are listed. */
const MAX_MATRIX_CLASSES = 12;
const MAX_MISTAKES = 12;

export function evaluationText(
  output: Output,
  { name, version }: ModelManifest,
  { split, count: images, accuracy, loss, perClass, confusion }: Evaluation,
): string[] {
  const where = split === 'test' ? 'the test split' : 'the whole dataset';
  const labels = perClass.map(({ label }) => plain(label, 24));
  return [
    `${output.style('bold', `${name}:${version}`)} on ${where} (${count(images, 'image')})`,
    '',
    `  accuracy  ${output.style('bold', percent(accuracy))}`,
    `  loss      ${loss.toFixed(4)}`,
    '',
    ...indented(classTable(perClass, labels)),
    '',
    ...(labels.length <= MAX_MATRIX_CLASSES ? matrix(confusion, labels) : mistakes(confusion, labels)),
  ];
}

function classTable(perClass: Evaluation['perClass'], labels: readonly string[]): string[] {
  const right = (title: string): Column => ({ title, align: 'right' });
  return table(
    [{ title: 'class' }, right('precision'), right('recall'), right('F1'), right('images')],
    perClass.map(({ precision, recall, f1, support }, i) => [
      labels[i],
      percent(precision),
      percent(recall),
      percent(f1),
      integer(support),
    ]),
  );
}

function matrix(confusion: Evaluation['confusion'], labels: readonly string[]): string[] {
  const columns: Column[] = [
    { title: '' },
    ...labels.map((label): Column => ({ title: plain(label, 8), align: 'right' })),
  ];
  const rows = confusion.map((row, truth) => [labels[truth], ...row.map((n) => (n === 0 ? '·' : integer(n)))]);
  return ['Confusion matrix (rows: truth, columns: predicted)', '', ...indented(table(columns, rows))];
}

function mistakes(confusion: Evaluation['confusion'], labels: readonly string[]): string[] {
  const pairs = confusion
    .flatMap((row, truth) => row.map((n, predicted) => ({ n, truth, predicted })))
    .filter(({ n, truth, predicted }) => n > 0 && truth !== predicted)
    .sort((a, b) => b.n - a.n);
  if (pairs.length === 0) return ['No mistakes.'];
  const rows = pairs.slice(0, MAX_MISTAKES).map((p) => [labels[p.truth], labels[p.predicted], integer(p.n)]);
  const columns: Column[] = [{ title: 'truth' }, { title: 'predicted' }, { title: 'images', align: 'right' }];
  return ['Most frequent mistakes', '', ...indented(table(columns, rows))];
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}
