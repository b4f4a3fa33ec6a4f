/** @file A trainer is killed in the middle of a run: another one takes over, and the page says so. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RunRecord } from '../../src/contracts/index.ts';
import { launchChromium } from './chromium.ts';
import { type PictorProcess, startByNpm } from './pictor-process.ts';

let pictor: PictorProcess;
let browser: Browser;
let page: Page;
beforeAll(async () => {
  browser = await launchChromium();
  pictor = await startByNpm();
  page = await browser.newPage();
});
afterAll(async () => {
  await browser?.close();
  await pictor?.stop();
});

async function fetchRun(id: string): Promise<RunRecord> {
  return (await (await fetch(`${pictor.url}/api/v1/runs/${id}`)).json()) as RunRecord;
}

it('shows that a killed trainer was replaced, and ends the run', async () => {
  const response = await fetch(`${pictor.url}/api/v1/runs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ dataset: 'sample:digits', name: 'digits', model: 'tfaas-mnist', epochs: 4 }),
  });
  const { id } = (await response.json()) as RunRecord;
  await page.goto(`${pictor.url}/studio/runs/${id}`);
  await page.getByTestId('run-epoch').waitFor({ timeout: 60_000 });
  await expect.poll(async () => (await fetchRun(id)).training, { timeout: 60_000 }).not.toBeNull();

  const [{ pid }] = (await fetchRun(id)).attempts;
  process.kill(pid, 'SIGKILL');

  const notice = page.getByTestId('run-takeover');
  await notice.filter({ hasText: `${pid}` }).waitFor({ timeout: 60_000 });
  await page.getByTestId('run-state').filter({ hasText: 'Done' }).waitFor({ timeout: 120_000 });
  const run = await fetchRun(id);
  expect(run.attempts.map(({ outcome }) => outcome)).toEqual(['lost', 'succeeded']);
  expect(run.model).toEqual({ name: 'digits', version: 1 });
  expect(await notice.isVisible()).toBe(true);
  expect(await page.getByTestId('run-attempts').getByRole('row').count()).toBe(3);
});
