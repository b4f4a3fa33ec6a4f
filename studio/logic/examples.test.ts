import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { curlExamples, javaScriptExample, pythonExample, trainingExamples } from './examples.ts';

const ORIGIN = 'http://127.0.0.1:8080';
const PICTURE = Buffer.from(Array.from({ length: 300 }, (_, i) => i % 256));
const [whole, encoded, pixels] = curlExamples(ORIGIN, 'my model', { height: 3, width: 2, channels: 1 });

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'pictor-examples-'));
  writeFileSync(path.join(folder, 'picture.jpg'), PICTURE);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What the shell hands to curl's standard input. */
function pipedBody(code: string): unknown {
  const producer = code.slice(0, code.lastIndexOf('|\n'));
  return JSON.parse(execFileSync('bash', ['-c', producer], { cwd: folder, encoding: 'utf8' }));
}

describe('examples', () => {
  it('send a picture as base64 in a body that is valid JSON', () => {
    expect(pipedBody(encoded.code)).toEqual({
      signature_name: 'serving_bytes',
      instances: [{ b64: PICTURE.toString('base64') }],
    });
  });

  it('send pixels in the shape of the model', () => {
    expect(pipedBody(pixels.code)).toEqual({
      instances: [
        [
          [[0], [0]],
          [[0], [0]],
          [[0], [0]],
        ],
      ],
    });
  });

  it('name the server and the model, encoded', () => {
    expect(whole.code).toContain(`${ORIGIN}/api/v1/models/my%20model/predict`);
    for (const { code } of [encoded, pixels, pythonExample(ORIGIN, 'my model')]) {
      expect(code).toContain(`${ORIGIN}/v1/models/my%20model:predict`);
    }
    expect(javaScriptExample(ORIGIN, 'a').code).toContain(`fetch('${ORIGIN}/api/v1/models/a/predict?top=3'`);
  });

  it('train with a body that is valid JSON', () => {
    const body = /-d '(.+)'/.exec(trainingExamples(ORIGIN)[0].code)?.[1] ?? '';
    expect(JSON.parse(body)).toEqual({ dataset: expect.stringContaining('https://'), name: 'flowers' });
  });
});
