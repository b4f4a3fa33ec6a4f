import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ModelRegistry } from '../registry/index.ts';
import { tinyGraph } from '../registry/testing/tiny-graph.ts';
import { tinyModel, tinyProbabilities } from '../registry/testing/tiny-model.ts';
import { UNBOUNDED } from './admission.ts';
import type { PredictorOptions } from './predictor.ts';
import { type ServingFixture, serveFolder, until } from './testing/serving-fixture.ts';

let fixture: ServingFixture;
afterEach(() => fixture.close());

const BIASES = [
  [0, 0, 0],
  [5, 0, 0],
  [0, 5, 0],
  [0, 0, 5],
];
/** Version `n` prefers the label `n - 2`. */
const publish = (name = 'digits', version = 1) =>
  new ModelRegistry(fixture.directory).publish(tinyModel({ bias: BIASES[version - 1] }), { name });

async function start(options: Partial<PredictorOptions> = {}) {
  fixture = await serveFolder(options);
  return fixture.predictor;
}

/** Asks with a black picture. */
async function ask(name = 'digits', version?: number) {
  const target = version === undefined ? { name } : { name, version };
  return fixture.predictor.use(target, async (model) => ({
    version: Number(model.version),
    probabilities: [...(await model.predictPixels(new Float32Array(4), 1))],
  }));
}

describe('versions', () => {
  it('replaces the latest without one failed or wrong answer, within a second of publishing', async () => {
    await start();
    await publish('digits', 1);
    expect((await ask()).version).toBe(1);
    let stop = false;
    let answers = 0;
    let published = Number.POSITIVE_INFINITY;
    let firstNew = Number.POSITIVE_INFINITY;
    const clients = Array.from({ length: 32 }, async () => {
      let highest = 1;
      while (!stop) {
        const { version, probabilities } = await ask();
        expect(version).toBeGreaterThanOrEqual(highest);
        highest = version;
        for (const [i, wanted] of tinyProbabilities([0], BIASES[version - 1]).entries()) {
          expect(probabilities[i]).toBeCloseTo(wanted, 5);
        }
        answers++;
        if (version === 2) firstNew = Math.min(firstNew, performance.now());
      }
    });
    await until(() => answers > 200);
    await publish('digits', 2);
    published = performance.now();
    await until(() => Number.isFinite(firstNew));
    const before = answers;
    await until(() => answers > before + 200);
    stop = true;
    await Promise.all(clients);
    expect(firstNew - published).toBeLessThan(1000);
    expect((await ask('digits', 1)).probabilities[0]).toBeCloseTo(1 / 3, 5);
  });

  it('goes on with the good version when a new one is broken', async () => {
    await start();
    await publish('digits', 1);
    await ask();
    const { version } = await publish('digits', 2);
    expect(version).toBe(2);
    const file = path.join(fixture.directory, 'digits/2/model.onnx');
    const bytes = await readFile(file);
    await writeFile(file, bytes.fill(0, 0, 64));
    await fixture.registry.refresh();
    await until(async () => (await fixture.predictor.status('digits'))[0].state === 'END');
    expect((await ask()).version).toBe(1);
    await expect(ask('digits', 2)).rejects.toMatchObject({ code: 'model_broken' });
    expect((await fixture.predictor.status('digits')).map(({ version, state }) => [version, state])).toEqual([
      [2, 'END'],
      [1, 'AVAILABLE'],
    ]);
    await publish('digits', 3);
    await until(async () => (await ask()).version === 3);
  });

  it('says so when the only version is broken', async () => {
    await start();
    await publish();
    await rm(path.join(fixture.directory, 'digits/1/weights.safetensors'));
    await expect(ask()).rejects.toMatchObject({ code: 'model_broken' });
  });

  it('knows a model at once that was published just now', async () => {
    await start();
    await expect(ask()).rejects.toMatchObject({ code: 'model_not_found' });
    await publish();
    expect((await ask()).version).toBe(1);
    await expect(ask('digits', 2)).rejects.toMatchObject({ code: 'model_version_not_found' });
    await publish('digits', 2);
    expect((await ask('digits', 2)).version).toBe(2);
  });

  it('lets running requests end before a deleted version goes', async () => {
    const predictor = await start();
    await publish('digits', 1);
    await publish('digits', 2);
    await until(async () => (await ask()).version === 2);
    await predictor.use({ name: 'digits' }, async (model) => {
      await fixture.registry.delete('digits', 2);
      await fixture.registry.refresh();
      expect((await ask()).version).toBe(1);
      const row = await model.predictPixels(new Float32Array(4), 1);
      expect(row[0]).toBeCloseTo(tinyProbabilities([0], BIASES[1])[0], 5);
    });
    await fixture.registry.delete('digits');
    await fixture.registry.refresh();
    await expect(ask()).rejects.toMatchObject({ code: 'model_not_found' });
  });

  it('keeps a bounded number in memory, and loads the others when they are asked for', async () => {
    await start({ maxLoaded: 2 });
    for (const name of ['a', 'b', 'c', 'd']) await publish(name, 2);
    const open = new Set<unknown>();
    const { pool } = fixture;
    const load = pool.load.bind(pool);
    pool.load = async (file) => {
      const model = await load(file);
      open.add(file);
      expect(open.size).toBeLessThanOrEqual(3); // the new one comes before the oldest goes
      return {
        ...model,
        close: async () => {
          open.delete(file);
          await model.close();
        },
      };
    };
    for (const name of ['a', 'b', 'c', 'd', 'a', 'b', 'a', 'd']) {
      expect((await ask(name)).probabilities[0]).toBeCloseTo(tinyProbabilities([0], BIASES[1])[0], 5);
    }
  });
});

describe('a model of layers that gives logits', () => {
  it('answers pictures with their softmax, taken once', async () => {
    await start();
    const logits = [1, 0, -2];
    const { recipe, weights } = tinyModel({ bias: logits });
    const spec = recipe.network;
    const input = { name: 'x', kind: 'pixels' } as const;
    const signatures = { serving_default: { input, outputs: { y: { kind: 'logits' } } } } as const;
    const model = tinyGraph({
      input: spec.input,
      answers: 'logits',
      network: { spec, weights, signatures },
      graphs: {},
      signatures: {},
    });
    await new ModelRegistry(fixture.directory).publishImported(model, { name: 'digits', file: 'model.keras' });
    const { probabilities } = await ask();
    for (const [i, wanted] of tinyProbabilities([0], logits).entries()) {
      expect(probabilities[i]).toBeCloseTo(wanted, 6);
    }
  });
});

describe('limits', () => {
  it('refuses what is too much, with a time to come back', async () => {
    const predictor = await start({ maxPending: 40, maxBatch: 4 });
    await publish();
    await predictor.use({ name: 'digits' }, async (model) => {
      const small = () => model.predictPixels(new Float32Array(40), 10);
      const fits = [small(), small(), small(), small()];
      await expect(small()).rejects.toMatchObject({
        code: 'overloaded',
        status: 429,
        details: { retryAfterSeconds: expect.any(Number) },
      });
      await Promise.all(fits);
      expect((await small()).length).toBe(30);
    });
  });

  it('leave half of the room to others, whatever one request brings', async () => {
    const predictor = await start({ maxPending: 40, maxBatch: 4 });
    await publish();
    await predictor.use({ name: 'digits' }, async (model) => {
      const answered: number[] = [];
      const rows = (count: number) =>
        model.predictPixels(new Float32Array(4 * count), count).then(({ length }) => answered.push(length / 3));
      const large = rows(1000);
      const others = [rows(10), rows(10)];
      await expect(rows(10)).rejects.toMatchObject({ code: 'overloaded' });
      await Promise.all(others);
      expect(answered).toEqual([10, 10]);
      await expect(rows(21)).rejects.toMatchObject({ code: 'overloaded' });
      await Promise.all([large, rows(20)]);
      expect(answered).toEqual([10, 10, 20, 1000]);
      await rows(50);
    });
  });

  it('admit everything where a command asks alone', async () => {
    const predictor = await start({ ...UNBOUNDED, maxBatch: 256 });
    await publish();
    const asked = await predictor.use({ name: 'digits' }, (model) =>
      Promise.all(Array.from({ length: 16 }, () => model.predictPixels(new Float32Array(4 * 256), 256))),
    );
    expect(asked.map(({ length }) => length)).toEqual(Array.from({ length: 16 }, () => 256 * 3));
  });

  it('refuses what takes too much memory once it is decoded, before it is', async () => {
    const decode = vi.fn(async () => new Uint8Array(4));
    // A picture is 4 bytes, and 16 as numbers.
    const predictor = await start({ maxPendingBytes: 40, decode });
    await publish();
    const png = Buffer.from('png');
    await predictor.use({ name: 'digits' }, async (model) => {
      const tooLarge = {
        code: 'request_too_large',
        status: 413,
        details: { model: 'digits', version: '1', maxPendingBytes: 40 },
      };
      await expect(model.predictPictures(Array.from({ length: 7 }, () => png))).rejects.toMatchObject(tooLarge);
      const files = { dtype: 'DT_STRING', shape: [7], data: Array.from({ length: 7 }, () => png) } as const;
      const asked = model.run('serving_bytes', new Map([['image_bytes_string', files]]));
      await expect(asked).rejects.toMatchObject(tooLarge);
      await expect(model.predictPixels(new Float32Array(12), 3)).rejects.toMatchObject({
        message:
          'A request to version 1 of model "digits" takes 48 bytes of tensors once it is decoded; at most 40 may.',
      });
      expect(decode).not.toHaveBeenCalled();
      expect((await model.predictPictures(Array.from({ length: 6 }, () => png))).probabilities).toHaveLength(18);
    });
    await predictor.close();
    const small = await start({ maxPendingBytes: 15 });
    await publish();
    await expect(small.use({ name: 'digits' }, async () => {})).rejects.toMatchObject({
      code: 'model_broken',
      message: expect.stringContaining(
        'one picture takes 16 bytes, and a request may have 15 (PICTOR_MAX_PENDING_BYTES)',
      ),
    });
  });

  it('refuses everything once it is closed', async () => {
    const predictor = await start();
    await publish();
    await ask();
    const running = ask();
    await predictor.close();
    expect((await running).version).toBe(1);
    await expect(ask()).rejects.toMatchObject({ code: 'server_not_ready', status: 503 });
  });
});
