/** @file A short soak: what `npm run soak` does for minutes. Memory is judged there. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const SOAK = fileURLToPath(new URL('../scripts/soak.js', import.meta.url));

it('answers every request while versions come, break and go, and while it stops', { timeout: 120_000 }, async () => {
  const args = [SOAK, '--minutes', '0.15', '--swap', '1.5', '--json'];
  const { stdout } = await promisify(execFile)(process.execPath, args).catch((error) => error);
  const report = JSON.parse(stdout);
  expect(report).toMatchObject({ failures: {}, faults: [] });
  expect(Math.min(...Object.values<number>(report.requests))).toBeGreaterThan(0);
  const { swaps, broken, labels } = report.changes;
  expect([swaps >= 1, broken >= 1, labels]).toEqual([true, true, swaps]);
});
