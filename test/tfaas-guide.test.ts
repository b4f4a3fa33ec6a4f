/** @file The lines of TFaaS' guide, run by a shell as they are printed, against a bundle of real TensorFlow. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openServer, type ServerFixture } from '../src/server/testing/server-fixture.ts';
import { greyPng } from '../src/serving/testing/serving-fixture.ts';

const DATA = process.env.PICTOR_DATA ?? '';
const run = promisify(execFile);

describe.skipIf(DATA === '')('the guide of TFaaS', () => {
  let folder: string;
  let fixture: ServerFixture;
  let port: number;
  let images: Buffer;
  /** Of TensorFlow, for raw pixels: scripts/tfaas-raw-answers.py. */
  const { raw } = JSON.parse(readFileSync(new URL('./support/tfaas-raw-answers.json', import.meta.url), 'utf8'));

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'pictor-tfaas-'));
    fixture = await openServer();
    await fixture.app.listen({ host: '127.0.0.1', port: 0 });
    port = (fixture.app.server.address() as AddressInfo).port;
    // The guide's model is called mnist; ours is a real one of the same network, for another set of pictures.
    await run('tar', ['xzf', path.join(DATA, 'models', 'tfaas', 'fashion.tar.gz'), '-C', folder]);
    await run('mv', [path.join(folder, 'fashion'), path.join(folder, 'mnist')]);
    images = gunzipSync(readFileSync(path.join(DATA, 'fashion-mnist', 't10k-images-idx3-ubyte.gz'))).subarray(16);
    for (const [name, index] of [
      ['img1', 1],
      ['img4', 4],
    ] as const) {
      const pixels = [...images.subarray(index * 784, (index + 1) * 784)];
      writeFileSync(path.join(folder, `${name}.png`), await greyPng(pixels, 28));
    }
  });
  afterAll(async () => {
    await fixture?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** What the guide prints, at the port that was free. */
  const shell = async (lines: string) => {
    const { stdout } = await run('bash', ['-c', lines.replaceAll('localhost:8083', `localhost:${port}`)], {
      cwd: folder,
    });
    return stdout;
  };

  it('uploads, lists and predicts', async () => {
    await shell('tar cfz mnist.tar.gz mnist');
    expect(
      await shell(`curl -v -X POST -H "Content-Encoding: gzip" \\
    -H "Content-Type: application/octet-stream" \\
    --data-binary @./mnist.tar.gz \\
    http://localhost:8083/upload`),
    ).toBe('');
    const models = JSON.parse(await shell('curl http://localhost:8083/models'));
    expect(models).toMatchObject([
      {
        name: 'mnist',
        img_channels: 1,
        input_name: 'serving_default_input_1',
        output_name: 'StatefulPartitionedCall',
      },
    ]);
    const first = await shell("curl http://localhost:8083/predict/image -F 'image=@./img1.png' -F 'model=mnist'");
    expect(JSON.parse(first)).toEqual(raw[1].map(close));
    const fourth = await shell("curl http://localhost:8083/predict/image -F 'image=@./img4.png' -F 'model=mnist'");
    expect(JSON.parse(fourth)).toEqual(raw[4].map(close));
  });

  it('answers rows with the numbers of TensorFlow', async () => {
    const reference = JSON.parse(readFileSync(path.join(DATA, 'models', 'reference', 'tfaas_fashion.json'), 'utf8'));
    for (const index of [0, 7, 19]) {
      const values = Array.from(images.subarray(index * 784, (index + 1) * 784), (pixel) => pixel / 255);
      writeFileSync(path.join(folder, 'row.json'), JSON.stringify({ keys: [], values, model: 'mnist' }));
      const answer = JSON.parse(await shell('curl http://localhost:8083/predict/json -d @row.json'));
      expect(answer).toEqual(reference.outputs[index].map(close));
    }
  });

  it('takes the tarball without a word on its encoding as the next version, and deletes all', async () => {
    await shell(`tar cfz other.tar.gz mnist && curl -s --fail-with-body -X POST --data-binary @other.tar.gz \\
      -H "Content-Type: application/octet-stream" http://localhost:8083/upload`);
    const versions = (await fixture.services.registry.get('mnist')).versions.map(({ version }) => version);
    expect(versions).toEqual([2, 1]);
    expect(await shell('curl -s -X DELETE http://localhost:8083/delete/mnist')).toBe('');
    expect(await shell('curl -s http://localhost:8083/models')).toBe('[]');
  });

  it.each<[string, string, RegExp]>([
    ['cut off', 'head -c 100000 mnist.tar.gz', /damaged|cut off|untar/],
    ['empty', 'head -c 0 mnist.tar.gz', /empty/],
    ['no tarball', 'echo nonsense', /damaged|untar|no params/],
    ['without params.json', 'tar cz --exclude params.json mnist', /params\.json/],
    ['with a name that leads out of it', 'tar czP --transform s,^mnist,../../evil, mnist', /leads out|archive|\.\./],
  ])('leaves nothing of an upload that is %s', async (_what, command, reason) => {
    const said = await shell(`${command} > bad.tar.gz; curl -s -X POST -H "Content-Encoding: gzip" \\
      --data-binary @bad.tar.gz http://localhost:8083/upload`);
    expect(JSON.parse(said).error).toMatch(reason);
    expect(await shell('curl -s http://localhost:8083/models')).toBe('[]');
  });

  function close(value: number) {
    return expect.closeTo(value, 5);
  }
});
