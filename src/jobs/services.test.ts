import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TrainingRequest } from '../contracts/index.ts';
import { MANIFEST, openWorkplace, REQUEST, type Workplace } from './testing/workplace.ts';

let place: Workplace;
beforeEach(async () => {
  place = await openWorkplace();
});
afterEach(() => place.close());

describe('RunService', () => {
  it('gives a queued record, and finds it again', async () => {
    const run = await place.runs.submit(REQUEST);
    expect(run).toMatchObject({ name: 'digits', state: 'queued', progress: 0, attempts: [], request: REQUEST });
    expect(run.milestones.map((milestone) => milestone.name)).toEqual(['submitted']);
    expect(await place.runs.get(run.id)).toEqual(run);
    expect(await place.stores.trainingQueue.depth()).toMatchObject({ waiting: 1 });
  });

  it('takes an id, once', async () => {
    expect((await place.runs.submit(REQUEST, { id: 'mine' })).id).toBe('mine');
    await expect(place.runs.submit(REQUEST, { id: 'mine' })).rejects.toMatchObject({ code: 'conflict' });
    await expect(place.runs.submit(REQUEST, { id: '../x' })).rejects.toMatchObject({ code: 'invalid_request' });
  });

  it('lists the newest first', async () => {
    const { stores, runs } = place;
    const first = await runs.submit(REQUEST);
    await stores.runs.put(first.id, { ...first, createdAt: '2020-01-01T00:00:00.000Z' });
    const second = await runs.submit(REQUEST);
    expect((await runs.list()).map((run) => run.id)).toEqual([second.id, first.id]);
  });

  it('keeps passwords out of the record, and hands them to the trainer', async () => {
    const url = 'https://me:secret@example.org/a.zip';
    const { id } = await place.runs.submit({
      ...REQUEST,
      dataset: { kind: 'url', url },
      testDataset: { kind: 'url', url },
    });
    expect(JSON.stringify(await place.runs.get(id))).not.toContain('secret');
    const lease = await place.stores.trainingQueue.receive({ leaseMs: 1000 });
    expect(lease?.payload.request.dataset).toEqual({ kind: 'url', url });
  });

  const refused: [string, Partial<TrainingRequest>, string][] = [
    ['no name', { name: '' }, 'model_name_invalid'],
    ['a name that leads elsewhere', { name: '../x' }, 'model_name_invalid'],
    ['an unknown preset', { model: 'gpt' }, 'preset_unknown'],
    ['no epochs', { epochs: 0 }, 'training_option_invalid'],
    ['too many epochs', { epochs: 10_001 }, 'training_option_invalid'],
    ['half an epoch', { epochs: 1.5 }, 'training_option_invalid'],
    ['a learning rate of 0', { learningRate: 0 }, 'training_option_invalid'],
    ['a learning rate that is no number', { learningRate: Number.NaN }, 'training_option_invalid'],
    ['a split of all', { validationSplit: 1 }, 'training_option_invalid'],
    ['an unknown optimizer', { optimizer: 'lion' as 'adam' }, 'training_option_invalid'],
    ['two channels', { channels: 2 as 1 }, 'training_option_invalid'],
    ['an image without height', { imageSize: [0, 28] }, 'training_option_invalid'],
  ];
  it.each(refused)('refuses %s, and stores nothing', async (_, option, code) => {
    await expect(place.runs.submit({ ...REQUEST, ...option })).rejects.toMatchObject({ code });
    expect(await place.runs.list()).toEqual([]);
    expect(await place.stores.trainingQueue.depth()).toMatchObject({ waiting: 0 });
  });

  it('deletes ended runs only', async () => {
    const { id } = await place.runs.submit(REQUEST);
    await expect(place.runs.delete(id)).rejects.toMatchObject({ code: 'run_active' });
    await place.runs.cancel(id);
    await place.runs.delete(id);
    await expect(place.runs.get(id)).rejects.toMatchObject({ code: 'run_not_found' });
    await expect(place.runs.delete(id)).rejects.toMatchObject({ code: 'run_not_found' });
    await expect(place.runs.cancel(id)).rejects.toMatchObject({ code: 'run_not_found' });
  });

  it('watches one run apart from one whose id starts like it', async () => {
    const seen: (string | null)[] = [];
    await place.runs.watch(({ id, run }) => seen.push(`${id} ${run?.state ?? 'deleted'}`), 'a');
    await place.runs.submit(REQUEST, { id: 'ab' });
    await place.runs.submit(REQUEST, { id: 'a' });
    await place.runs.cancel('a');
    await expect.poll(() => seen.at(-1)).toBe('a cancelled');
    await place.runs.delete('a');
    await expect.poll(() => seen.at(-1)).toBe('a deleted');
    expect(seen.filter((line) => line?.startsWith('ab'))).toEqual([]);
  });
});

describe('DatasetService', () => {
  it('queues, lists, deletes with the uploaded file', async () => {
    await place.stores.uploads.put('u1', Buffer.from('zip'));
    const dataset = await place.datasets.submit({ kind: 'upload', key: 'u1', fileName: 'a.zip' }, 'a.zip');
    expect(dataset).toMatchObject({ title: 'a.zip', state: 'queued', manifest: null });
    expect(await place.datasets.list()).toEqual([dataset]);
    await place.datasets.delete(dataset.id);
    expect(await place.datasets.list()).toEqual([]);
    expect(await place.stores.uploads.info('u1')).toBeNull();
    expect(await place.stores.datasetQueue.depth()).toMatchObject({ waiting: 0 });
    await expect(place.datasets.delete(dataset.id)).rejects.toMatchObject({ code: 'dataset_not_found' });
  });

  it('keeps an uploaded file that a run still needs', async () => {
    await place.stores.uploads.put('u1', Buffer.from('zip'));
    const source = { kind: 'upload', key: 'u1', fileName: 'a.zip' } as const;
    const { id } = await place.datasets.submit(source, 'a.zip');
    const run = await place.runs.submit({ ...REQUEST, dataset: source });
    await expect(place.datasets.delete(id)).rejects.toMatchObject({ code: 'dataset_in_use' });
    await place.runs.cancel(run.id);
    await place.datasets.delete(id);
  });

  it('tells of changes', async () => {
    const seen: string[] = [];
    await place.datasets.watch(({ dataset }) => seen.push(dataset?.state ?? 'deleted'));
    const { id } = await place.datasets.submit(MANIFEST.source, 'digits');
    await expect.poll(() => seen).toEqual(['queued']);
    await place.datasets.delete(id);
    await expect.poll(() => seen).toEqual(['queued', 'deleted']);
  });
});
