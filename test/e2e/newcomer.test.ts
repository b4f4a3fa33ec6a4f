/** @file What a newcomer does: start, take the sample digits, train, draw, read the answer. And: no request leaves the machine. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launchChromium } from './chromium.ts';
import { type PictorProcess, startByNpm } from './pictor-process.ts';

type Stroke = readonly (readonly [x: number, y: number])[];

/** Digits as a hand might draw them; 0..1 over the pad. */
const DRAWINGS: Readonly<Record<string, readonly Stroke[]>> = {
  '1': [
    [
      [0.5, 0.15],
      [0.48, 0.85],
    ],
  ],
  '7': [
    [
      [0.25, 0.2],
      [0.75, 0.2],
      [0.45, 0.85],
    ],
  ],
  '0': [
    Array.from({ length: 33 }, (_, i): [number, number] => {
      const angle = (i / 32) * 2 * Math.PI - Math.PI / 2;
      return [0.5 + 0.22 * Math.cos(angle), 0.5 + 0.32 * Math.sin(angle)];
    }),
  ],
  '4': [
    [
      [0.4, 0.15],
      [0.25, 0.55],
      [0.75, 0.55],
    ],
    [
      [0.62, 0.3],
      [0.58, 0.88],
    ],
  ],
};

let pictor: PictorProcess;
let browser: Browser;
let page: Page;
const outside: string[] = [];
const complaints: string[] = [];

beforeAll(async () => {
  browser = await launchChromium();
  pictor = await startByNpm();
  page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  page.on('request', (request) => {
    const { protocol, host } = new URL(request.url());
    if (protocol.startsWith('http') && host !== new URL(pictor.url).host) outside.push(request.url());
  });
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
});
afterAll(async () => {
  await browser?.close();
  await pictor?.stop();
});

async function draw(strokes: readonly Stroke[]): Promise<void> {
  const canvas = page.getByTestId('draw-canvas');
  await canvas.scrollIntoViewIfNeeded();
  const box = (await canvas.boundingBox())!;
  for (const stroke of strokes) {
    const points = stroke.map(([x, y]) => [box.x + x * box.width, box.y + y * box.height] as const);
    await page.mouse.move(...points[0]);
    await page.mouse.down();
    for (const point of points.slice(1)) await page.mouse.move(...point, { steps: 8 });
    await page.mouse.up();
  }
}

it('goes from `npm start` to recognised drawings in under 90 seconds, with no request to the outside', async () => {
  const opened = performance.now();
  await page.goto(pictor.url);
  await page.getByTestId('use-sample').click();
  await page.getByTestId('dataset-report').waitFor({ timeout: 60_000 });
  await page.getByTestId('train-name').fill('digits');
  await page.getByTestId('train-button').click();
  await page
    .getByTestId('run-state')
    .filter({ hasText: /succeeded|done|finished/i })
    .waitFor({ timeout: 120_000 });
  await page.getByTestId('draw-canvas').waitFor();

  const read: Record<string, string> = {};
  for (const [digit, strokes] of Object.entries(DRAWINGS)) {
    await draw(strokes);
    await page.getByTestId('prediction-label').waitFor();
    // The prediction follows the last stroke; waiting for the right one is what a person would do, wrong ones time out.
    await page
      .getByTestId('prediction-label')
      .filter({ hasText: digit })
      .waitFor({ timeout: 5000 })
      .catch(() => {});
    read[digit] = ((await page.getByTestId('prediction-label').textContent()) ?? '').trim();
    if (digit === '1') {
      const seconds = pictor.secondsToReady + (performance.now() - opened) / 1000;
      process.stdout.write(`From npm start to a recognised digit: ${seconds.toFixed(1)} s\n`);
      expect(seconds).toBeLessThan(90);
    }
    await page.getByTestId('draw-clear').click();
  }
  expect(read).toEqual({ '1': '1', '7': '7', '0': '0', '4': '4' });
  expect(outside).toEqual([]);
  expect(complaints).toEqual([]);
});

it('shows the run again after a reload, with its history', async () => {
  await page.getByTestId('nav-runs').click();
  await page.getByTestId('run-list').getByRole('link').first().click();
  await page.reload();
  await page
    .getByTestId('run-state')
    .filter({ hasText: /succeeded|done|finished/i })
    .waitFor();
  await page.getByTestId('confusion-matrix').waitFor();
  await page.getByTestId('run-log').waitFor();
});

it('says what is wrong with a dataset that cannot be used, and goes on', async () => {
  await page.goto(pictor.url);
  await page.getByTestId('dataset-input').fill('http://127.0.0.1:9/nothing-here.zip');
  await page.getByTestId('dataset-submit').click();
  const error = page.getByTestId('dataset-error');
  await error.waitFor({ timeout: 30_000 });
  expect(await error.textContent()).toMatch(/127\.0\.0\.1:9/);
});
