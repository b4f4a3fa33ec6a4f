/** @file The networks that Pictor knows by name. */
import { type NetworkSpec, PictorError } from '../../contracts/index.ts';
import { compactCnn, wideCnn } from './compact-cnn.ts';
import { kerasMnist } from './keras-mnist.ts';
import { lenet } from './lenet.ts';
import { mobilenetv2 } from './mobilenetv2.ts';
import { nitricCnn } from './nitric-cnn.ts';
import { resnet50v2 } from './resnet50v2.ts';
import type { Preset, PresetShape } from './rule.ts';
import { smallResnet } from './small-resnet.ts';
import { tfaasMnist } from './tfaas-mnist.ts';

export type { Preset, PresetShape } from './rule.ts';

/** By name: what each is, how it is usually trained, and how to build it for a shape. */
export const PRESETS = {
  'nitric-cnn': nitricCnn,
  'tfaas-mnist': tfaasMnist,
  'keras-mnist': kerasMnist,
  lenet,
  'compact-cnn': compactCnn,
  'wide-cnn': wideCnn,
  'small-resnet': smallResnet,
  mobilenetv2,
  resnet50v2,
} as const satisfies Record<string, Preset>;

export type PresetName = keyof typeof PRESETS;

/** Whether there is a preset of this name. */
export function isPresetName(name: string): name is PresetName {
  return Object.hasOwn(PRESETS, name);
}

/** @throws `preset_unknown`, listing the presets */
export function presetNamed(name: string): Preset {
  if (!isPresetName(name)) {
    throw new PictorError(
      'preset_unknown',
      `There is no preset "${name}"; one of ${Object.keys(PRESETS).join(', ')} was expected.`,
      { details: { preset: name, presets: Object.keys(PRESETS) } },
    );
  }
  return PRESETS[name];
}

/**
 * A preset's network for pictures of a size and a number of classes.
 * @throws `preset_unknown`, `network_invalid` (pictures too small for its pools, fewer than 2 classes)
 */
export function presetNetwork(name: string, shape: PresetShape): NetworkSpec {
  return presetNamed(name).build(shape);
}
