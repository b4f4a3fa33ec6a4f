/** @file Which preset fits a dataset. */
import type { DatasetManifest, PresetInfo } from '../api/types.ts';

/**
 * The preset whose input is nearest to the pictures: first by grey or colour, then by size, then the smaller network.
 * @returns null when there is none to choose from
 */
export function suggestPreset(presets: readonly PresetInfo[], manifest: DatasetManifest): PresetInfo | null {
  const ranked = presets.map((preset) => ({ preset, distance: distanceTo(preset, manifest) }));
  ranked.sort((a, b) => a.distance - b.distance || (a.preset.parameters ?? 0) - (b.preset.parameters ?? 0));
  return ranked[0]?.preset ?? null;
}

function distanceTo(preset: PresetInfo, { originalSizes, image }: DatasetManifest): number {
  const colour = preset.channels !== null && preset.channels !== image.channels ? 10 : 0;
  if (!preset.imageSize) return colour;
  const typical = Math.sqrt(
    middle(originalSizes.minWidth, originalSizes.maxWidth) * middle(originalSizes.minHeight, originalSizes.maxHeight),
  );
  const wanted = Math.sqrt(preset.imageSize[0] * preset.imageSize[1]);
  return colour + Math.abs(Math.log2(typical / wanted));
}

function middle(low: number, high: number): number {
  return Math.sqrt(Math.max(1, low) * Math.max(1, high));
}
