import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { measureMidtones } from './midtones.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'pictor-midtones-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('counts pixels that are neither dark nor bright, in the rows that it is given', async () => {
  const file = path.join(folder, 'images');
  // Three grey pictures of 2 x 2 pixels.
  writeFileSync(file, Uint8Array.of(0, 255, 31, 224, 128, 128, 128, 128, 0, 0, 32, 223));
  const image = { height: 2, width: 2, channels: 1 } as const;
  expect(await measureMidtones(file, Uint32Array.of(0), image)).toBe(0);
  expect(await measureMidtones(file, Uint32Array.of(1), image)).toBe(1);
  expect(await measureMidtones(file, Uint32Array.of(0, 2, 1), image)).toBe(0.5);
  expect(await measureMidtones(file, new Uint32Array(0), image)).toBe(0);
});

it('takes the mean of the channels', async () => {
  const file = path.join(folder, 'colour');
  writeFileSync(file, Uint8Array.of(0, 0, 255, 10, 20, 30, 255, 255, 255, 255, 255, 0));
  const image = { height: 2, width: 2, channels: 3 } as const;
  expect(await measureMidtones(file, Uint32Array.of(0), image)).toBe(0.5);
});
