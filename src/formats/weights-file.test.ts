/** @file Files of weights: checksums, the cache, what a broken download leaves behind. */
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { weightsFile } from './weights-file.ts';

const BYTES = Buffer.from('weights, as far as this test is concerned');
const SHA256 = createHash('sha256').update(BYTES).digest('hex');
const MD5 = createHash('md5').update(BYTES).digest('hex');
const urls = { allowLoopback: true, allowPrivate: false };

let server: Server;
let requests = 0;
let url = '';
let folder = '';
beforeAll(async () => {
  server = createServer((_, response) => {
    requests++;
    response.end(BYTES);
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/w.h5`;
});
afterAll(() => void server.close());
beforeEach(async () => {
  requests = 0;
  folder = await mkdtemp(path.join(os.tmpdir(), 'pictor-weights-'));
  return () => rm(folder, { recursive: true, force: true });
});

describe('weightsFile', () => {
  const source = { kind: 'url' as const, url: '' };
  const get = (checksum?: string) =>
    weightsFile(
      { ...source, url },
      { cacheDirectory: path.join(folder, 'cache'), urls, ...(checksum ? { checksum } : {}) },
    );

  it.each([
    ['sha256', `sha256:${SHA256.toUpperCase()}`],
    ['md5', `md5:${MD5}`],
  ])('fetches a file with a checksum (%s) once', async (_, checksum) => {
    const first = await get(checksum);
    expect(first.sha256).toBe(SHA256);
    expect(await get(checksum)).toEqual(first);
    expect(requests).toBe(1);
  });

  it('fetches a file without a checksum each time, and keeps it under its own', async () => {
    const { path: file } = await get();
    expect(path.basename(file)).toBe(`sha256-${SHA256}`);
    await get();
    expect(requests).toBe(2);
  });

  it('fetches a kept file again when it was changed', async () => {
    const { path: file } = await get(`sha256:${SHA256}`);
    await writeFile(file, 'something else');
    await get(`sha256:${SHA256}`);
    expect(requests).toBe(2);
  });

  it('refuses another file than the expected one, and keeps nothing', async () => {
    const expected = `sha256:${'0'.repeat(64)}`;
    await expect(get(expected)).rejects.toMatchObject({
      code: 'weights_checksum',
      message: `${url} is not the expected file: its checksum is sha256:${SHA256}; ${expected} was expected.`,
    });
    expect(await readdir(path.join(folder, 'cache'))).toEqual([]);
  });

  it('checks files of this machine, too', async () => {
    const file = path.join(folder, 'own.h5');
    await writeFile(file, BYTES);
    const options = { cacheDirectory: folder, urls };
    const own = { kind: 'file' as const, path: file };
    expect(await weightsFile(own, options)).toEqual({ path: file, sha256: SHA256 });
    const checked = weightsFile(own, { ...options, checksum: `md5:${'1'.repeat(32)}` });
    await expect(checked).rejects.toMatchObject({ code: 'weights_checksum' });
    const none = weightsFile({ kind: 'file', path: `${file}.none` }, options);
    await expect(none).rejects.toMatchObject({ code: 'model_file_invalid' });
  });

  it('fetches nothing from where nothing may be fetched', async () => {
    const options = { cacheDirectory: folder, urls: { allowLoopback: false, allowPrivate: false } };
    await expect(weightsFile({ kind: 'url', url }, options)).rejects.toMatchObject({ code: 'url_private' });
    expect(requests).toBe(0);
  });
});
