/** @file The model that is tried. */
import type { ImageShape, ModelSummary } from '../api/types.ts';

export interface TryTarget {
  readonly name: string;
  readonly version: number;
  readonly labels: readonly string[];
  readonly input: ImageShape;
}

/** Larger inputs are for photos; nobody draws those. */
const LARGEST_DRAWING = 64;

export function isDrawable({ height, width }: ImageShape): boolean {
  return Math.max(height, width) <= LARGEST_DRAWING;
}

/** A version among the published ones that takes pictures; without a number the newest. */
export function findTarget(models: readonly ModelSummary[], name: string, version: number | null): TryTarget | null {
  const versions = models.find((model) => model.name === name)?.versions ?? [];
  const found = version === null ? versions[0] : versions.find((each) => each.version === version);
  return found?.input ? { ...found, input: found.input } : null;
}
