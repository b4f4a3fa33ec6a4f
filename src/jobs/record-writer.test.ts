import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunRecord } from '../contracts/index.ts';
import { RecordWriter } from './record-writer.ts';
import { logLine, MAX_LOG_LINES, newRunRecord, withLog, withMilestone } from './run-record.ts';
import { openWorkplace, REQUEST, type Workplace } from './testing/workplace.ts';

let place: Workplace;
beforeEach(async () => {
  place = await openWorkplace();
});
afterEach(() => place.close());

async function writerOf(holds: (run: RunRecord) => boolean = () => true, errors: unknown[] = []) {
  const { runs } = place.stores;
  const value = newRunRecord('r', REQUEST);
  const revision = await runs.update('r', value, 0);
  let writes = 0;
  const counted = Object.assign(place.platform.keyValue<RunRecord>('runs'));
  const update = counted.update.bind(counted);
  counted.update = async (...args: Parameters<typeof update>) => {
    writes += 1;
    return update(...args);
  };
  const onError = (error: unknown) => errors.push(error);
  const writer = new RecordWriter<RunRecord>({ store: counted, key: 'r', holds, onError }, { value, revision });
  return { writer, runs, writes: () => writes };
}

describe('RecordWriter', () => {
  it('writes many small changes at once, in order', async () => {
    const { writer, runs, writes } = await writerOf();
    for (let i = 0; i < 100; i++) writer.later((run) => withLog(run, logLine(String(i))));
    expect(writer.record.log).toHaveLength(100);
    expect((await runs.get('r'))?.value.log).toEqual([]);
    await expect.poll(async () => (await runs.get('r'))?.value.log.length).toBe(100);
    expect((await runs.get('r'))?.value.log.map((line) => Number(line.message))).toEqual([...Array(100).keys()]);
    expect(writes()).toBe(1);
  });

  it('keeps what somebody else wrote in between', async () => {
    const { writer, runs } = await writerOf();
    const { value } = (await runs.get('r'))!;
    await runs.put('r', { ...value, cancelRequested: true });
    await writer.change((run) => ({ ...run, progress: 0.5 }));
    expect((await runs.get('r'))?.value).toMatchObject({ cancelRequested: true, progress: 0.5 });
    expect(writer.record).toMatchObject({ cancelRequested: true, progress: 0.5 });
  });

  it('writes nothing once somebody else holds the record', async () => {
    const errors: unknown[] = [];
    const { writer, runs } = await writerOf((run) => run.state === 'queued', errors);
    await runs.put('r', { ...(await runs.get('r'))!.value, state: 'training' });
    await expect(writer.change((run) => ({ ...run, progress: 1 }))).rejects.toMatchObject({ code: 'lease_lost' });
    writer.later((run) => ({ ...run, progress: 1 }));
    await expect.poll(() => errors).toEqual([expect.objectContaining({ code: 'lease_lost' })]);
    expect((await runs.get('r'))?.value).toMatchObject({ state: 'training', progress: 0 });
  });

  it('writes nothing to a record that was deleted', async () => {
    const { writer, runs } = await writerOf();
    await runs.delete('r');
    await expect(writer.change((run) => run)).rejects.toMatchObject({ code: 'lease_lost' });
    expect(await runs.get('r')).toBeNull();
  });
});

describe('run records', () => {
  it('keep the last lines of a long log, and shorten long lines', () => {
    let run = newRunRecord('r', REQUEST);
    for (let i = 0; i <= MAX_LOG_LINES + 5; i++) run = withLog(run, logLine(`${i} ${'x'.repeat(5000)}`));
    expect(run.log).toHaveLength(MAX_LOG_LINES);
    expect(run.log[0].message.startsWith('6 ')).toBe(true);
    expect(run.log[0].message.length).toBeLessThan(1100);
  });

  it('keep milestones in order, each once, with the first time', () => {
    let run = withMilestone(newRunRecord('r', REQUEST), 'loaded', 'early');
    expect(run.milestones.map(({ name }) => name)).toEqual(['submitted', 'started', 'loading', 'loaded']);
    run = withMilestone(run, 'loading', 'late');
    expect(run.milestones[2]).toEqual({ name: 'loading', at: 'early' });
  });
});
