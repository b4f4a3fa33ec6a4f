/** @file What a model is made of, as text for people. */
import { type InspectedTensor, type ModelInspection, predictExample } from '../contracts/index.ts';
import type { Output } from './output.ts';
import { savedModelText } from './saved-model-text.ts';
import { byteSize, integer, plain, plainLine, table } from './text.ts';

const MAX_LABELS = 8;
const MAX_NAME = 48;

/** @param published its name, of a version in the registry, which can be called; null for files */
export function inspectionText(output: Output, inspection: ModelInspection, published: string | null): string[] {
  const { subject, format, producer, parameters, bytes, savedModel } = inspection;
  const title = `${output.style('bold', plain(subject, 80))}  ${plain(producer ?? format, 60)}`;
  const facts = [
    ['format', format],
    ['pictures', picturesOf(inspection)],
    ['answers', answersOf(inspection)],
    ['parameters', `${integer(parameters)}${inspection.trainable ? ', can be trained further' : ''}`],
    ['operations', inspection.flops > 0 ? `${quantity(inspection.flops)} for one sample` : 'not known'],
    ['size', `${byteSize(bytes)}${published === null ? '' : ' in the files of the version'}`],
  ];
  return [
    title,
    ...facts.map(([name, value]) => `  ${name.padEnd(11)} ${value}`),
    ...inspection.warnings.map((warning) => `  ${output.style('yellow', plainLine(warning))}`),
    ...(savedModel ? savedModelText(savedModel) : signatureLines(inspection)),
    '',
    ...layerLines(inspection),
    ...(published === null ? [] : callLines(published, inspection)),
  ];
}

function picturesOf({ input, inputRange, inputLayout }: ModelInspection): string {
  if (!input) return 'none: no signature takes pictures of a known size';
  const order = inputLayout === 'channelsFirst' ? ', channels first' : '';
  return `${input.height}x${input.width}x${input.channels}${order}, numbers ${inputRange ?? 'of a range that it does not tell'}`;
}

/** Without pictures, its numbers are no answer about labels. */
function answersOf({ input, labels, answers }: ModelInspection): string {
  if (!input && !labels) return 'tensors, as its signatures say';
  const kind = answers ?? 'not told';
  if (!labels) return `${kind}, no labels`;
  const shown = labels.slice(0, MAX_LABELS).map((label) => plain(label, 24));
  const more = labels.length > shown.length ? `, … ${integer(labels.length)} labels` : '';
  return `${kind}: ${shown.join(', ')}${more}`;
}

function callLines(name: string, { input, signatures }: ModelInspection): string[] {
  if (input) return ['', `Try it:  pictor predict ${name} IMAGE...`];
  const example = predictExample(`http://localhost:8501/v1/models/${name}`, signatures);
  if (!example) return [];
  return [
    '',
    'Call it, while `pictor up` runs:',
    ...example.code.split('\n').map((line) => `  ${plain(line, Number.POSITIVE_INFINITY)}`),
  ];
}

function signatureLines({ signatures }: ModelInspection): string[] {
  return Object.entries(signatures).flatMap(([name, { method, inputs, outputs }]) => [
    '',
    `signature ${plain(name)}  ${plain(method)}`,
    ...tensorLines('in ', inputs),
    ...tensorLines('out', outputs),
  ]);
}

function tensorLines(side: string, tensors: Readonly<Record<string, InspectedTensor>>): string[] {
  const rows = Object.entries(tensors).map(([alias, { dtype, shape, tensor }]) => [
    `  ${side}`,
    plain(alias, MAX_NAME),
    dtype,
    shapeText(shape),
    tensor === alias ? '' : plain(tensor, MAX_NAME),
  ]);
  return table([{ title: '' }, { title: '' }, { title: '' }, { title: '' }, { title: '' }], rows).slice(1);
}

function layerLines({ layers }: ModelInspection): string[] {
  const rows = layers.map(({ name, type, outputShape, parameters, flops }) => [
    plain(name, MAX_NAME),
    plain(type, 32),
    shapeText(outputShape),
    integer(parameters),
    flops === null ? '' : integer(flops),
  ]);
  const number = { align: 'right' } as const;
  return table(
    [
      { title: 'layer' },
      { title: 'kind' },
      { title: 'output' },
      { title: 'parameters', ...number },
      { title: 'operations', ...number },
    ],
    rows,
  );
}

function shapeText(shape: readonly number[] | null): string {
  return shape ? `[${shape.join(', ')}]` : 'unknown';
}

/** 1234567 → `1.23 million`. */
function quantity(count: number): string {
  if (count >= 1e9) return `${(count / 1e9).toFixed(2)} billion`;
  if (count >= 1e6) return `${(count / 1e6).toFixed(2)} million`;
  return integer(count);
}
