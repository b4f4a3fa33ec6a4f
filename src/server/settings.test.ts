import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { isLoopback, readSettings, type ServerOptions } from './settings.ts';

const read = (options: Partial<ServerOptions> = {}, environment: Record<string, string> = {}) =>
  readSettings({ dataDirectory: '.pictor', ...options }, environment);

describe('settings', () => {
  it('have safe defaults', () => {
    expect(read()).toMatchObject({
      host: '127.0.0.1',
      port: 8080,
      restPort: 8501,
      dataDirectory: path.resolve('.pictor'),
      ensure: null,
      trainer: true,
      urls: { allowLoopback: true, allowPrivate: false },
      maxUploadBytes: 4 * 2 ** 30,
      defaultModel: 'digits',
      trustedOrigins: [],
    });
  });

  it('come from the environment, unless an option says otherwise', () => {
    const environment = {
      PICTOR_ALLOW_PRIVATE_URLS: 'yes',
      PICTOR_MAX_DOWNLOAD_BYTES: '1000',
      PICTOR_MAX_PENDING: '7',
      PICTOR_TRUSTED_ORIGINS: 'https://a.example, https://b.example:8443',
      PICTOR_DEFAULT_MODEL: '',
    };
    const settings = read({ maxPending: 9 }, environment);
    expect(settings).toMatchObject({ maxUploadBytes: 1000, maxPending: 9, defaultModel: 'digits' });
    expect(settings.urls.allowPrivate).toBe(true);
    expect(settings.limits.maxDownloadBytes).toBe(1000);
    expect(settings.trustedOrigins).toEqual(['https://a.example', 'https://b.example:8443']);
    expect(read({ urls: { allowPrivate: false } }, environment).urls.allowPrivate).toBe(false);
  });

  it('bound serving', () => {
    expect(read()).toMatchObject({
      ...{
        maxPendingBytes: 2 ** 28,
        latencyObjectiveMs: 100,
        runLimitMs: 60_000,
        memoryBudgetBytes: null,
        idleUnloadMs: null,
      },
      ...{ sampleRate: 0, sampleDirectory: path.resolve('.pictor/samples'), sampleMaxBytes: 2 ** 30 },
    });
    const environment = {
      PICTOR_LATENCY_OBJECTIVE_MS: '20',
      PICTOR_RUN_LIMIT_MS: '5000',
      PICTOR_MEMORY_BUDGET_BYTES: '1000000',
      PICTOR_IDLE_UNLOAD_MS: '60000',
      PICTOR_SAMPLE_RATE: '0.25',
      PICTOR_SAMPLE_DIRECTORY: 'kept',
      PICTOR_SAMPLE_MAX_BYTES: '4096',
    };
    expect(read({}, environment)).toMatchObject({
      ...{ latencyObjectiveMs: 20, runLimitMs: 5000, memoryBudgetBytes: 1_000_000, idleUnloadMs: 60_000 },
      ...{ sampleRate: 0.25, sampleDirectory: path.resolve('kept'), sampleMaxBytes: 4096 },
    });
    const refused = [
      ['PICTOR_SAMPLE_RATE', '1.5', 'a number from 0 to 1'],
      ['PICTOR_SAMPLE_RATE', 'half', 'a number from 0 to 1'],
      ['PICTOR_IDLE_UNLOAD_MS', '0', 'a whole number from 1 to 2147483647'],
      ['PICTOR_MEMORY_BUDGET_BYTES', '-1', 'a whole number from 1'],
    ] as const;
    for (const [variable, text, expected] of refused) {
      expect(() => read({}, { [variable]: text })).toThrow(
        `The setting ${variable} is ${JSON.stringify(text)}; expected ${expected}.`,
      );
    }
    expect(() => read({ sampleRate: -1 })).toThrow('The setting sampleRate is -1; expected a number from 0 to 1.');
  });

  it.each(['127.0.0.1', '127.8.9.1', 'localhost', '::1', '[::1]', 'pictor.localhost'])(
    'let datasets come from this machine when listening on %s',
    (host) => {
      expect(isLoopback(host)).toBe(true);
      expect(read({ host }).urls.allowLoopback).toBe(true);
      expect(read({ host, urls: { allowLoopback: false } }).urls.allowLoopback).toBe(false);
    },
  );

  it.each(['0.0.0.0', '::', '192.168.1.2', 'example.org', '127.0.0.1.example.org', 'localhost.example.org'])(
    'never do so when listening on %s',
    (host) => {
      expect(isLoopback(host)).toBe(false);
      expect(read({ host, urls: { allowLoopback: true } }).urls.allowLoopback).toBe(false);
    },
  );

  it.each<[Partial<ServerOptions>, Record<string, string>, RegExp]>([
    [{ port: 70_000 }, {}, /port is 70000; expected a whole number from 0 to 65535/],
    [{ port: 1.5 }, {}, /port is 1.5/],
    [{ host: '' }, {}, /host is ""/],
    [{ restPort: -1 }, {}, /restPort is -1/],
    [{ logLevel: 'loud' as 'info' }, {}, /logLevel is "loud"; expected one of debug, info/],
    [{}, { PICTOR_MAX_PENDING: 'many' }, /PICTOR_MAX_PENDING is "many"; expected a whole number from 1/],
    [{}, { PICTOR_MAX_UPLOAD_BYTES: '0' }, /PICTOR_MAX_UPLOAD_BYTES/],
    [{}, { PICTOR_MAX_UPLOAD_BYTES: '1e9' }, /PICTOR_MAX_UPLOAD_BYTES/],
    [{}, { PICTOR_ALLOW_PRIVATE_URLS: 'maybe' }, /PICTOR_ALLOW_PRIVATE_URLS is "maybe"; expected true or false/],
    [{}, { PICTOR_TFAAS_RATE: '100/s' }, /PICTOR_TFAAS_RATE is "100\/s"; expected a text such as 100-S/],
    [{}, { PICTOR_TRUSTED_ORIGINS: 'example.org' }, /PICTOR_TRUSTED_ORIGINS/],
  ])('refuse %j %j', (options, environment, message) => {
    expect(() => read(options, environment)).toThrow(message);
    expect(() => read(options, environment)).toThrow(expect.objectContaining({ code: 'invalid_setting' }));
  });
});
