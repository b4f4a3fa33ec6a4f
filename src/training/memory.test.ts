import { describe, expect, it } from 'vitest';
import { presetNetwork } from '../nn/index.ts';
import { checkMemory } from './memory.ts';

describe('checkMemory', () => {
  const network = presetNetwork('tfaas-mnist', { height: 28, width: 28, channels: 1, classes: 10 });
  // Convolutions 26x26x32 and 11x11x64, their pools 13x13x32 and 5x5x64, the ten classes.
  const bytes = (26 * 26 * 32 + 13 * 13 * 32 + 11 * 11 * 64 + 5 * 5 * 64 + 10) * 128 * 4;

  it('counts what a step keeps', () => {
    expect(() => checkMemory(network, 128, bytes)).not.toThrow();
    expect(() => checkMemory(network, 128, bytes - 1)).toThrow(
      expect.objectContaining({ code: 'training_option_invalid', details: expect.objectContaining({ bytes }) }),
    );
  });

  it('refuses what no machine has', () => {
    const large = presetNetwork('tfaas-mnist', { height: 2048, width: 2048, channels: 1, classes: 2 });
    expect(() => checkMemory(large, 65_536)).toThrow(
      /65536 pictures of 2048 x 2048 pixels takes at least \d{5}\.\d GiB/,
    );
  });
});
