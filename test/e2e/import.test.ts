/** @file A model of another tool comes in by the studio, and its page tells what it is made of. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launchChromium } from './chromium.ts';
import { type PictorProcess, startByNpm } from './pictor-process.ts';

const model = fileURLToPath(new URL('../../src/formats/onnx/testing/fixtures/channels-first-13.onnx', import.meta.url));

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
