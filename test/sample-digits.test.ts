/** @file The 100 pictures of fullstack-tensor-flow's tutorial, sent as it sends them, to a model that Keras trained. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { importModel } from '../src/formats/index.ts';
import { form } from '../src/server/testing/form.ts';
import { openServer, type ServerFixture } from '../src/server/testing/server-fixture.ts';

const DATA = process.env.PICTOR_DATA ?? '';

describe.skipIf(DATA === '')('the sample digits through /tf/mnist/MODEL', () => {
  let fixture: ServerFixture;
  beforeAll(async () => {
    fixture = await openServer();
    const file = path.join(DATA, 'models', 'keras-h5', 'mnist_cnn_keras2.2.4.h5');
    const facts = { name: 'mnist-net', file: path.basename(file), inputRange: '0..1' } as const;
    await fixture.services.registry.publishImported(await importModel(file), facts);
  });
  afterAll(() => fixture?.close());

  it('are labelled right, 99 of 100', async () => {
    const folder = path.join(DATA, 'sample-digits');
    const files = readdirSync(folder).filter((file) => /^mnist_\d_.*\.jpg$/.test(file));
    expect(files).toHaveLength(100);
    const wrong: string[] = [];
    for (const fileName of files) {
      const content = readFileSync(path.join(folder, fileName));
      const { payload, headers } = form([{ name: 'image', fileName, content }]);
      const response = await fixture.app.inject({ method: 'POST', url: '/tf/mnist/mnist-net', payload, headers });
      const { classification_result: best } = response.json();
      expect(best.map(({ probability }: { probability: number }) => probability)).toEqual(
        best.map(({ probability }: { probability: number }) => probability).toSorted((a: number, b: number) => b - a),
      );
      if (best[0].digit !== Number(fileName[6])) wrong.push(fileName);
    }
    // The one that TensorFlow's own run of this model misses, too.
    expect(wrong).toEqual(['mnist_9_6k5a1ghp-sow7rnx.jpg']);
  });
});
