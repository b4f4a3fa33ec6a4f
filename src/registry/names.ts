/** @file What may name a model and a version, and where their folders are. */
import path from 'node:path';
import { PictorError } from '../contracts/index.ts';

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;
/** Names that Windows keeps for devices, whatever follows a dot. */
const DEVICE = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

/** @throws `model_name_invalid` when the name cannot be that of a folder on every system, or could lead out of one */
export function checkModelName(name: string): string {
  if (NAME.test(name) && !DEVICE.test(name) && !name.endsWith('.')) return name;
  const shown = name.length > 120 ? `${name.slice(0, 120)}…` : name;
  throw new PictorError('model_name_invalid', `${JSON.stringify(shown)} cannot be the name of a model.`);
}

export function isModelName(name: string): boolean {
  return NAME.test(name) && !DEVICE.test(name) && !name.endsWith('.');
}

/** Number of a version folder: digits without leading zeros, from 1. Null for any other name. */
export function parseVersion(folder: string): number | null {
  if (!/^[1-9]\d{0,15}$/.test(folder)) return null;
  const version = Number(folder);
  return Number.isSafeInteger(version) ? version : null;
}

/** Names of the files in a version's folder. */
export const VERSION_FILES = {
  manifest: 'pictor.json',
  model: 'model.onnx',
  weights: 'weights.safetensors',
  labels: 'labels.txt',
} as const;

/** Hidden entries: what is being written, what is being deleted, the highest number ever given. */
export const HIDDEN = { writing: '.tmp-', deleting: '.trash-', highest: '.highest-version' } as const;

export function versionFolder(modelsDirectory: string, name: string, version: number): string {
  return path.join(modelsDirectory, checkModelName(name), String(version));
}
