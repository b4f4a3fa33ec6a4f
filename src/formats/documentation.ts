/** @file Rows of `docs/formats.md`: what every format can hold, from the tables that read and write it. */
import type { LayerType } from '../contracts/index.ts';
import { classRows } from './keras/layers/classes.ts';
import { DIALECTS } from './keras/write/dialect.ts';
import { WRITTEN } from './keras/write/layers.ts';
import { WRITE_LIMITS } from './keras/write/limits.ts';
import { onnxOperators } from './onnx/operators.ts';
import { tensorflowOps } from './tensorflow/read/ops.ts';
import { TF_LAYERS } from './tensorflow/write/layers/index.ts';

export interface SupportRow {
  readonly name: string;
  readonly supported: boolean;
  /** How far, or why not; empty when there is nothing to say. */
  readonly note: string;
}

export function kerasClassRows(): SupportRow[] {
  return classRows().map(({ name, why, inactive }) => ({
    name,
    supported: why === null,
    note: why ?? (inactive ? 'left out: it only does something in training' : ''),
  }));
}

export function tensorflowRows(): SupportRow[] {
  return tensorflowOps().map(({ op, supported, note }) => ({ name: op, supported, note }));
}

export function onnxRows(): SupportRow[] {
  return onnxOperators();
}

export interface WrittenRow {
  readonly layer: string;
  /** By format; empty: whole; null: not at all; else how far. */
  readonly formats: Readonly<Record<string, string | null>>;
}

export function writtenRows(): WrittenRow[] {
  return (Object.keys(WRITTEN) as LayerType[]).map((layer) => {
    const limits = WRITE_LIMITS[layer] ?? {};
    const keras = Object.fromEntries(
      DIALECTS.map((dialect) => [dialect, limits[dialect] === undefined ? '' : limits[dialect]]),
    );
    const rule = TF_LAYERS[layer];
    const savedmodel = typeof rule === 'object' && 'unsupported' in rule ? null : '';
    return { layer, formats: { ...keras, savedmodel, onnx: '' } };
  });
}
