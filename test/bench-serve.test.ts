import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ModelRegistry } from '../src/registry/index.ts';
import { tinyModel } from '../src/registry/testing/tiny-model.ts';
import { createLogger, type RunningServer, startServer } from '../src/server/index.ts';
import { pictor } from './support/pictor.ts';

let directory: string;
let server: RunningServer;
beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'pictor-bench-serve-'));
  await new ModelRegistry(path.join(directory, 'models')).publish(tinyModel(), { name: 'tiny' });
  const ports = { port: 0, restPort: null, grpcPort: 0 };
  server = await startServer(
    { dataDirectory: directory, ...ports, trainer: false, inferenceThreads: 1 },
    { log: createLogger('silent') },
  );
});
afterAll(async () => {
  await server?.close();
  await rm(directory, { recursive: true, force: true });
});

const quick = ['--warmup', '0.05', '--window', '0.1', '--max-windows', '3'];
const bench = (url: string, ...options: string[]) => pictor(['bench', 'serve', url, ...quick, ...options]);

describe('pictor bench serve', () => {
  it.each(['rest', 'bytes', 'v2', 'grpc', 'v2-grpc'])('asks by %s', async (protocol) => {
    const address = protocol.endsWith('grpc') ? `grpc://${server.grpcAddress}` : server.url;
    const { code, events } = await bench(
      address,
      '--model',
      'tiny',
      '--protocol',
      protocol,
      '--connections',
      '1,2',
      '--json',
    );
    expect(code).toBe(0);
    const points = events().filter(({ type }) => type === 'point');
    expect(points.map(({ connections }) => connections)).toEqual([1, 2]);
    for (const point of points) {
      expect(point).toMatchObject({ protocol, kind: 'closed', batch: 1, errors: 0, errorKinds: {} });
      expect(point.requestsPerSecond).toBeGreaterThan(0);
      const { p50, p90, p99, max } = point.latencyMs as Record<string, number>;
      expect([p50, p90, p99, max]).toEqual([p50, p90, p99, max].sort((a, b) => a - b));
    }
    expect(events().at(-1)).toEqual({ type: 'done', protocol, points: 2 });
  });

  it('sends at a rate, and writes a table', async () => {
    const { code, stdout } = await bench(server.url, '--model', 'tiny', '--rate', '50', '--batch', '3');
    expect(code).toBe(0);
    expect(stdout).toMatch(/TensorFlow Serving REST, rows of numbers/);
    expect(stdout).toMatch(/50 requests\/s/);
  });

  it('says what is wrong', async () => {
    const unknown = await bench(server.url, '--model', 'nothing');
    expect([unknown.code, unknown.stderr]).toEqual([1, expect.stringMatching(/404/)]);
    const signature = await bench(server.url, '--model', 'tiny', '--signature', 'x');
    expect([signature.code, signature.stderr]).toEqual([1, expect.stringMatching(/--signature: serving_default/)]);
    const usage = await bench(server.url, '--model', 'tiny', '--connections', '0');
    expect(usage.code).toBe(2);
    const nobody = await pictor(['bench', 'serve', 'http://127.0.0.1:1', '--model', 'x']);
    expect([nobody.code, nobody.stderr]).toEqual([1, expect.stringMatching(/does not answer/)]);
  });
});
