import { describe, expect, it } from 'vitest';
import { MILESTONES, type RunRecord } from '../contracts/index.ts';
import { nitricStatus, pythonList } from './nitric-status.ts';

const START = Date.parse('2026-01-01T00:00:00Z');
const TEXTS = [
  'Training Pending...',
  'Training Starting...',
  'Loading Images...',
  'Images Loaded! Starting image preprocessing...',
  "Images processed! Classes found: ['daisy', 'roses']. Building model...",
  'Model Built! Compiling...',
  'Model Compiled! Training model...',
  'Training Complete! Saving model...',
  'Model Saved!',
  'Model trained!',
];

/** A run whose milestones were passed at these milliseconds; `known` says how late each is seen in the store. */
function runAt(now: number, times: number[], end: Partial<RunRecord> = {}, writtenAfter = 0): RunRecord {
  const at = (ms: number) => new Date(START + ms).toISOString();
  const passed = times.filter((time) => time + writtenAfter <= now);
  const isOver = passed.length === times.length && now >= times[times.length - 1] + writtenAfter;
  const record = {
    id: 'r',
    state: 'training',
    createdAt: at(times[0]),
    updatedAt: at(now),
    finishedAt: null,
    milestones: passed.map((time, i) => ({ name: MILESTONES[i], at: at(time) })),
    dataset: { classes: ['daisy', 'roses'] },
    error: null,
    model: null,
    ...(isOver ? { finishedAt: at(times[times.length - 1]), ...end } : {}),
  };
  return record as unknown as RunRecord;
}

/** What a page shows that asks every 500 ms, as the site does, from some moment on. */
function watch(times: number[], end: Partial<RunRecord>, phase: number, writtenAfter = 0): string[] {
  const shown: string[] = [];
  for (let now = phase; now < 60_000; now += 500) {
    const { update, done, updates } = nitricStatus(runAt(now, times, end, writtenAfter), START + now);
    if (shown.at(-1) !== update) shown.push(update);
    expect(updates.at(-1)).toBe(update);
    if (done) return shown;
  }
  throw new Error(`never done: ${shown.join(' | ')}`);
}

describe("the site's texts", () => {
  const slow = MILESTONES.map((_, i) => i * 3000);
  const instant = MILESTONES.map(() => 0);
  const mixed = [0, 5, 900, 1000, 1400, 1401, 1650, 9000, 9100, 9101];
  it.each([
    ['slow', slow],
    ['instant', instant],
    ['mixed', mixed],
  ])('all come, in order, to any page: %s', (_name, times) => {
    for (let phase = 0; phase < 500; phase += 37) {
      for (const writtenAfter of [0, 100, 250, 400]) {
        expect(watch(times, { state: 'succeeded' }, phase, writtenAfter)).toEqual(TEXTS);
      }
    }
  });

  it('end with the reason of a failure and what to do', () => {
    const error = { code: 'dataset_one_class', message: 'There is one class <b>.', fix: 'Add another one.' };
    expect(watch([0, 10, 20], { state: 'failed', error }, 3)).toEqual([
      ...TEXTS.slice(0, 3),
      'Training Failed! There is one class <b>. Add another one.',
    ]);
  });

  it('end when the run is cancelled, with or without a model', () => {
    expect(watch([0], { state: 'cancelled' }, 0).at(-1)).toMatch(/^Training Failed! The training was cancelled\./);
    const shown = watch(instant, { state: 'cancelled', model: { name: 'm', version: 2 } }, 0);
    expect(shown.slice(0, 9)).toEqual(TEXTS.slice(0, 9));
    expect(shown[9]).toMatch(/version 2 of model m/);
    expect(shown).toHaveLength(10);
  });

  it('have no gap when a run was taken up by another trainer', () => {
    const run = runAt(5000, [0, 10, 20, 30, 40, 50, 60]);
    const again = { ...run, milestones: [...run.milestones, { name: 'started', at: run.updatedAt }] } as RunRecord;
    expect(nitricStatus(again, START + 60_000).updates).toEqual(TEXTS.slice(0, 7));
  });
});

// Expected: what Python 3 prints for these lists.
it.each([
  [[], '[]'],
  [['daisy', 'roses'], "['daisy', 'roses']"],
  [["it's"], `["it's"]`],
  [[`it's "x"`], `['it\\'s "x"']`],
  [['a\\b\n\t\u0001'], "['a\\\\b\\n\\t\\x01']"],
  [['🌻 é <script>'], "['🌻 é <script>']"],
  [['\u00a0\u200b\u2028\u{e0001}'], "['\\xa0\\u200b\\u2028\\U000e0001']"],
])('%j as a list of Python', (texts, expected) => {
  expect(pythonList(texts)).toBe(expected);
});
