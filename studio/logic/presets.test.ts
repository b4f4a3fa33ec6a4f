import { describe, expect, it } from 'vitest';
import type { DatasetFinding, DatasetManifest, PresetInfo } from '../api/types.ts';
import { adviceFor, sortFindings } from './findings.ts';
import { suggestPreset } from './presets.ts';

const preset = (name: string, size: number | null, channels: 1 | 3 | null, parameters: number): PresetInfo => ({
  name,
  description: '',
  imageSize: size === null ? null : [size, size],
  channels,
  parameters,
});
const PRESETS = [
  preset('nitric-cnn', 180, 3, 3_989_285),
  preset('keras-mnist', 28, 1, 1_199_882),
  preset('tfaas-mnist', 28, 1, 34_826),
  preset('lenet', 28, 3, 110_390),
];

function dataset(width: number, height: number, channels: 1 | 3): DatasetManifest {
  return {
    image: { width, height, channels },
    originalSizes: { minWidth: width, maxWidth: width, minHeight: height, maxHeight: height, distinct: 1 },
  } as DatasetManifest;
}

describe('suggestPreset', () => {
  it.each([
    [28, 28, 1, 'tfaas-mnist'],
    [32, 32, 3, 'lenet'],
    [320, 240, 3, 'nitric-cnn'],
    [4000, 3000, 3, 'nitric-cnn'],
    [200, 200, 1, 'tfaas-mnist'],
  ] as const)('%d × %d, %d channels: %s', (width, height, channels, name) => {
    expect(suggestPreset(PRESETS, dataset(width, height, channels))?.name).toBe(name);
  });

  it('takes a preset for any size when no other fits', () => {
    expect(suggestPreset([...PRESETS, preset('any', null, null, 5)], dataset(90, 70, 3))?.name).toBe('any');
    expect(suggestPreset([], dataset(1, 1, 1))).toBeNull();
  });
});

describe('findings', () => {
  const finding = (severity: DatasetFinding['severity'], code: string, count = 1): DatasetFinding => ({
    severity,
    code,
    message: '',
    count,
    files: [],
  });

  it('puts errors first', () => {
    const sorted = sortFindings([
      finding('info', 'a'),
      finding('warning', 'b', 1),
      finding('error', 'c'),
      finding('warning', 'd', 9),
    ]);
    expect(sorted.map(({ code }) => code)).toEqual(['c', 'd', 'b', 'a']);
  });

  it('always has something to say', () => {
    expect(adviceFor(finding('warning', 'corrupt_image'))).toContain('Replace or delete');
    expect(adviceFor(finding('error', 'constructor'))).toBe('Correct this before training.');
    expect(adviceFor(finding('info', 'new_code'))).toBe('Nothing to do.');
  });
});
