import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { context, type Span, type SpanOptions, trace } from '@opentelemetry/api';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { tinyModel } from '../registry/testing/tiny-model.ts';
import { RequestSamples } from './logging/request-samples.ts';
import type { PredictorOptions } from './predictor.ts';
import type { LoadFacts, RequestFacts, RunFacts } from './telemetry/observer.ts';
import { greyPng, type ServingFixture, serveFolder, until } from './testing/serving-fixture.ts';

let fixture: ServingFixture;

async function start(options: Partial<PredictorOptions> = {}) {
  fixture = await serveFolder(options);
  return fixture.predictor;
}

const predict = (files: readonly Uint8Array[]) =>
  fixture.predictor.use({ name: 'digits' }, (model) => model.predictPictures(files));

describe('what is observed', () => {
  afterEach(() => fixture.close());

  it('are requests, runs and versions', async () => {
    const predictor = await start();
    const [requests, runs, loads]: [RequestFacts[], RunFacts[], LoadFacts[]] = [[], [], []];
    const stop = predictor.observe({
      onRequest: (facts) => requests.push(facts),
      onRun: (facts) => runs.push(facts),
      onState: (facts) => loads.push(facts),
    });
    await fixture.registry.publish(tinyModel(), { name: 'digits' });
    const png = await greyPng([0, 1, 2, 3], 2);
    await predict([png, png]);
    await expect(predict([Buffer.from('no picture')])).rejects.toMatchObject({ code: 'image_invalid' });
    stop();
    await predict([png]);
    expect(loads.map(({ state, loadMs }) => [state, loadMs !== null])).toEqual([
      ['LOADING', false],
      ['AVAILABLE', true],
    ]);
    expect(requests.map(({ rows, error, version }) => [rows, error?.code ?? null, version])).toEqual([
      [2, null, 1],
      [1, 'image_invalid', 1],
    ]);
    const [{ totalMs, decodeMs, queueMs, computeMs }] = requests;
    expect(totalMs).toBeGreaterThanOrEqual(decodeMs + queueMs + computeMs);
    expect(Math.min(decodeMs, computeMs)).toBeGreaterThan(0);
    expect(runs).toMatchObject([{ model: 'digits', version: 1, rows: 2, padding: 0, waitedMs: [expect.any(Number)] }]);
    expect(predictor.statistics('digits')).toMatchObject([
      {
        ...{ model: 'digits', version: 1, rows: 3, batches: 2, success: { count: 2 }, failure: { count: 1 } },
        byBatchSize: [
          { rows: 1, compute: { count: 1 } },
          { rows: 2, compute: { count: 1 } },
        ],
      },
    ]);
    expect(predictor.statistics('other')).toEqual([]);
    expect(predictor.pending()).toEqual([{ model: 'digits', version: 1, rows: 0 }]);
  });

  it('is ready when the first models are, and until it drains', async () => {
    await start();
    await fixture.registry.publish(tinyModel(), { name: 'digits' });
    await fixture.predictor.close();
    let warm = () => {};
    const warming = new Promise<void>((resolve) => (warm = resolve));
    const { Predictor } = await import('./predictor.ts');
    const { registry, pool } = fixture;
    const seen: string[] = [];
    const predictor = new Predictor({
      registry,
      pool,
      warmUp: async (model, folder) => {
        seen.push(`${model.name} ${path.basename(folder)}`);
        await model.predictPixels(new Float32Array(4), 1);
        await warming;
      },
    });
    expect(predictor.ready()).toBe(false);
    await predictor.start();
    await until(() => seen.length > 0);
    expect([predictor.ready(), seen]).toEqual([false, ['digits 1']]);
    warm();
    await until(() => predictor.ready());
    expect(predictor.models()).toMatchObject([{ name: 'digits', versions: [{ version: 1, state: 'AVAILABLE' }] }]);
    let answer = () => {};
    const running = predictor.use({ name: 'digits' }, () => new Promise<void>((resolve) => (answer = resolve)));
    predictor.beginDrain();
    expect(predictor.ready()).toBe(false);
    await predictor.use({ name: 'digits' }, async () => {});
    const drained = predictor.drain();
    await expect(predictor.use({ name: 'digits' }, async () => {})).rejects.toMatchObject({ code: 'server_not_ready' });
    answer();
    await Promise.all([running, drained]);
    await predictor.close();
  });

  it('becomes spans under the caller’s, where an SDK listens', async () => {
    const spans: { name: string; attributes: object; status?: object; parent: Span | undefined }[] = [];
    trace.setGlobalTracerProvider({
      getTracer: () => ({
        startSpan: (name: string, options: SpanOptions = {}) => {
          const span = { name, attributes: options.attributes ?? {}, parent: trace.getSpan(context.active()) };
          spans.push(span);
          return {
            ...{ isRecording: () => true, setAttribute: () => {}, end: () => {} },
            setStatus: (status: object) => Object.assign(span, { status }),
          } as unknown as Span;
        },
        startActiveSpan: () => {
          throw new Error('not used');
        },
      }),
    });
    await start();
    await fixture.registry.publish(tinyModel(), { name: 'digits' });
    await predict([await greyPng([0, 1, 2, 3], 2)]);
    await expect(predict([Buffer.from('no picture')])).rejects.toThrow();
    trace.disable();
    expect(spans.map(({ name, status }) => [name, status !== undefined])).toEqual([
      ['predict', false],
      ['predict', true],
    ]);
    expect(spans[0].attributes).toMatchObject({ 'pictor.model': 'digits', 'pictor.version': '1', 'pictor.rows': 1 });
  });
});

describe('samples', () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'pictor-samples-'));
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));
  const files = async (place: string) => (await readdir(path.join(directory, place), { recursive: true })).sort();

  it('keep some of the pictures with what was answered', async () => {
    let draw = 0;
    await start({
      samples: { directory: path.join(directory, 'a'), rate: 0.5, random: () => (draw++ % 2 === 0 ? 0.1 : 0.9) },
    });
    await fixture.registry.publish(tinyModel(), { name: 'digits' });
    const png = await greyPng([9, 9, 9, 9], 2);
    await predict([png, png, png]);
    await fixture.predictor.use({ name: 'digits' }, (model) =>
      model.run(
        'serving_bytes',
        new Map([['image_bytes_string', { dtype: 'DT_STRING', shape: [2], data: [png, png] }]]),
      ),
    );
    await fixture.close();
    const found = await files('a');
    expect(found.filter((file) => file.endsWith('.png'))).toHaveLength(3);
    const [text] = found.filter((file) => file.endsWith('.json'));
    expect(await readFile(path.join(directory, 'a', text.replace('.json', '.png')))).toEqual(png);
    expect(JSON.parse(await readFile(path.join(directory, 'a', text), 'utf8'))).toMatchObject({
      ...{ model: 'digits', version: '1' },
      predictions: [{ label: '2', probability: expect.any(Number) }, { label: '1' }, { label: '0' }],
    });
  });

  it('stay within their bytes: the oldest go, also those of an earlier run', async () => {
    const place = path.join(directory, 'b');
    const keep = async (names: readonly string[]) => {
      const samples = new RequestSamples({ directory: place, rate: 1, maxBytes: 700 });
      for (const name of names) {
        expect(samples.draw()).toBe(true);
        samples.keep({ model: '../m', version: 1, bytes: Buffer.alloc(100, name), predictions: [] });
        await samples.flush();
      }
    };
    await keep(['a', 'b']);
    await keep(['c', 'd', 'e']);
    const found = await files('b');
    const pictures = found.filter((file) => file.endsWith('.bin'));
    const texts = await Promise.all(pictures.map((file) => readFile(path.join(place, file), 'utf8')));
    expect(texts.map((text) => text[0]).sort()).toEqual(['c', 'd', 'e']);
    expect(found.filter((file) => file.endsWith('.json'))).toHaveLength(3);
    expect(found[0]).toBe('%2E.%2Fm');
  });
});
