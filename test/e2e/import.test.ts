/** @file A model of another tool comes in by the studio, and its page tells what it is made of. */
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launchChromium } from './chromium.ts';
import { type PictorProcess, startByNpm } from './pictor-process.ts';

const fixture = (name: string) =>
  fileURLToPath(new URL(`../../src/formats/onnx/testing/fixtures/${name}`, import.meta.url));
const model = fixture('channels-first-13.onnx');

let pictor: PictorProcess;
let browser: Browser;
let page: Page;
const complaints: string[] = [];

beforeAll(async () => {
  browser = await launchChromium();
  pictor = await startByNpm();
  page = await browser.newPage({ viewport: { width: 1280, height: 1400 } });
  page.on('pageerror', (error) => complaints.push(error.message));
});
afterAll(async () => {
  await browser?.close();
  await pictor?.stop();
});

it('is imported with its labels, after labels that do not fit were refused', async () => {
  await page.goto(`${pictor.url}/studio/models`);
  await page.getByTestId('model-import').getByText('Import a model').click();
  await page.getByTestId('import-file').setInputFiles(model);
  expect(await page.getByTestId('import-name').inputValue()).toBe('channels-first-13');
  await page.getByLabel('Numbers of a picture').selectOption('0..1');
  const labels = page.getByLabel(/Labels, one a line/);
  await labels.fill('round\nsquare\n');
  await page.getByTestId('import-button').click();
  await page.getByText(/there are 2, and the model gives 4/).waitFor();
  await labels.fill('round\nsquare\nlong\nwide\n');
  await page.getByTestId('import-button').click();
  const signatures = page.getByTestId('signature-table');
  await signatures.waitFor();
  expect(await signatures.innerText()).toContain('[any, 3, 8, 8]');
  expect(await page.getByTestId('layer-table').getByRole('row').count()).toBe(7);
  expect(await page.getByText(path.basename(model)).count()).toBeGreaterThan(0);
  expect(await page.getByText('square', { exact: true }).count()).toBe(1);
  expect(complaints).toEqual([]);
});

it('offers no drawing to a model that takes numbers, but a request that its signature answers', async () => {
  await page.goto(`${pictor.url}/studio/models`);
  await page.getByTestId('model-import').getByText('Import a model').click();
  await page.getByTestId('import-file').setInputFiles(fixture('sklearn.onnx'));
  await page.getByTestId('import-name').fill('iris');
  await page.getByTestId('import-button').click();
  await page.getByRole('heading', { name: 'iris' }).waitFor();
  const line = page.getByText(/curl .*:predict/);
  await line.waitFor();
  expect(await page.getByTestId('model-try').count()).toBe(0);
  expect(
    JSON.parse(execFileSync('bash', ['-c', (await line.textContent()) ?? ''], { encoding: 'utf8', stdio: 'pipe' })),
  ).toHaveProperty('predictions');
  await page.goto(`${pictor.url}/studio/try/iris`);
  await page.getByText('takes no pictures').waitFor();
  expect(complaints).toEqual([]);
});
