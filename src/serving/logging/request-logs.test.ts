import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeRecords } from '../../formats/index.ts';
import { type LoggedCall, RequestLogs } from './request-logs.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'pictor-request-logs-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const call: LoggedCall = { case: 'predictLog', value: { request: { modelSpec: { name: 'm' } } } };

describe('request logs', () => {
  it('begin a new file when one holds what a warm-up file may', async () => {
    const logs = new RequestLogs({ loggingOf: () => ({ filenamePrefix: `${folder}/a/m`, samplingRate: 1 }) });
    for (let i = 0; i < 1001; i++) logs.write('m', call);
    await logs.flush();
    const files = await readdir(path.join(folder, 'a'));
    const counts = await Promise.all(
      files.map(async (file) => [...decodeRecords(await readFile(path.join(folder, 'a', file)))].length),
    );
    expect(counts.sort((a, b) => a - b)).toEqual([1, 1000]);
  });

  it('draw by the rate of each model', () => {
    const random = [0.1, 0.3, 0.2];
    const logs = new RequestLogs({
      loggingOf: (model) => (model === 'm' ? { filenamePrefix: '/x', samplingRate: 0.25 } : null),
      random: () => random.shift() ?? 1,
    });
    expect(['m', 'other', 'm', 'm'].map((model) => logs.isDrawn(model))).toEqual([true, false, false, true]);
  });

  it('say once that they cannot be written, and count what is lost', async () => {
    await writeFile(path.join(folder, 'file'), '');
    const told: string[] = [];
    const logs = new RequestLogs({
      loggingOf: () => ({ filenamePrefix: path.join(folder, 'file', 'm'), samplingRate: 1 }),
      onLogged: (model, status) => told.push(`${model} ${status}`),
      maxWaitingBytes: 1000,
      log: (_level, message) => told.push(message.slice(0, 26)),
    });
    logs.write('m', call);
    logs.write('m', call);
    logs.write('m', { case: 'predictLog', value: { request: { modelSpec: { name: 'm'.repeat(1000) } } } });
    await logs.flush();
    expect(told).toEqual(['m RESOURCE_EXHAUSTED', 'Requests cannot be logged:', 'm INTERNAL', 'm INTERNAL']);
  });
});
