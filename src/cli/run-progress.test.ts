import { describe, expect, it } from 'vitest';
import type { DatasetManifest, RunRecord } from '../contracts/index.ts';
import { Output, type Sink } from './output.ts';
import { RunProgress } from './run-progress.ts';

class Screen implements Sink {
  readonly isTTY: boolean;
  readonly columns = 60;
  text = '';
  constructor(isTTY: boolean) {
    this.isTTY = isTTY;
  }
  write(text: string): void {
    this.text += text;
  }
}

const RUN = {
  id: 'r1',
  state: 'training',
  progress: 0.5,
  log: [{ at: '1', level: 'info', message: 'Loading the dataset.' }],
  history: [],
  dataset: null,
  training: {
    epoch: 2,
    epochs: 4,
    step: 3,
    steps: 10,
    loss: 0.51234,
    accuracy: 0.8,
    imagesPerSecond: 1234.4,
    secondsLeft: 75,
  },
} as unknown as RunRecord;

const EPOCH = {
  epoch: 1,
  loss: 1,
  accuracy: 0.5,
  validationLoss: null,
  validationAccuracy: null,
  seconds: 1,
  imagesPerSecond: 5,
};

function show({ json = false, isTTY = false, environment = {} }, ...records: RunRecord[]) {
  const [stdout, stderr] = [new Screen(isTTY), new Screen(isTTY)];
  const progress = new RunProgress(new Output({ json, stdout, stderr, environment }));
  for (const record of records) progress.update(record);
  progress.end();
  const events = stdout.text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  return { stdout: stdout.text, stderr: stderr.text, events };
}

describe('RunProgress', () => {
  it('writes plain lines, each once, where there is no terminal', () => {
    const more = { ...RUN, log: [...RUN.log, { at: '2', level: 'warning', message: 'One picture\u001b is broken.' }] };
    const { stdout, stderr } = show({}, RUN, RUN, more as RunRecord);
    expect(stderr).toBe('Loading the dataset.\nOne picture\ufffd is broken.\n');
    expect(stdout).toBe('');
  });

  it('writes only what is new of a log that drops its oldest lines', () => {
    const log = (...numbers: number[]) =>
      ({ ...RUN, log: numbers.map((n) => ({ at: String(n), level: 'info', message: `line ${n}` })) }) as RunRecord;
    expect(show({}, log(1, 2, 3), log(2, 3, 4), log(4, 5, 6)).stderr).toBe(
      'line 1\nline 2\nline 3\nline 4\nline 5\nline 6\n',
    );
  });

  it('writes over one line in a terminal, no longer than that is wide, and leaves nothing behind', () => {
    const { stderr } = show({ isTTY: true, environment: { NO_COLOR: '1' } }, RUN);
    const live = stderr.split('\u001b[2K').find((part) => part.startsWith('Epoch'));
    expect(live).toContain('Epoch 2/4');
    expect(live).toContain('50.0%');
    expect((live ?? '').replace('\r', '').length).toBeLessThan(60);
    expect(stderr.endsWith('\r\u001b[2K')).toBe(true);
  });

  it('colours in a terminal, and not when told so', () => {
    expect(show({ isTTY: true }, RUN).stderr).toContain('\u001b[2m');
    expect(show({ isTTY: true, environment: { NO_COLOR: '1' } }, RUN).stderr).not.toContain('\u001b[2m');
    expect(show({ isTTY: true, environment: { TERM: 'dumb' } }, RUN).stderr).toBe('Loading the dataset.\n');
  });

  it('gives events, and no flood of them', () => {
    const dataset = { contentHash: 'ab', classes: ['a', 'b'] } as unknown as DatasetManifest;
    const records = Array.from({ length: 100 }, (_, i) => ({ ...RUN, progress: i / 100 }));
    const { events } = show(
      { json: true },
      { ...RUN, state: 'preparing', training: null },
      { ...RUN, dataset },
      ...records.map((record) => ({ ...record, dataset, history: [EPOCH] })),
      { ...RUN, dataset, history: [EPOCH, { ...EPOCH, epoch: 2 }], state: 'evaluating', training: null },
    );
    expect(events.filter((event) => event.type === 'dataset')).toEqual([{ type: 'dataset', ...dataset }]);
    expect(events.filter((event) => event.type === 'epoch')).toEqual([
      { type: 'epoch', ...EPOCH },
      { type: 'epoch', ...EPOCH, epoch: 2 },
    ]);
    const progress = events.filter((event) => event.type === 'progress');
    expect(progress.map((event) => event.state)).toEqual(['preparing', 'training', 'evaluating']);
    expect(progress[1]).toMatchObject({ run: 'r1', epoch: 2, steps: 10, loss: 0.51234 });
  });
});
