import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tinyModel } from '../src/registry/testing/tiny-model.ts';
import { openServer, type ServerFixture } from '../src/server/testing/server-fixture.ts';
import { pictor } from './support/pictor.ts';

let fixture: ServerFixture;
let url: string;
beforeAll(async () => {
  fixture = await openServer();
  await fixture.services.registry.publish(tinyModel(), { name: 'tiny' });
  await fixture.app.listen({ host: '127.0.0.1', port: 0 });
  url = `http://127.0.0.1:${(fixture.app.server.address() as AddressInfo).port}`;
});
afterAll(() => fixture.close());

const quick = ['--warmup', '0.05', '--window', '0.1', '--max-windows', '3'];
const bench = (...options: string[]) => pictor(['bench', 'serve', url, ...quick, ...options]);

describe('pictor bench serve', () => {
  it.each(['rest', 'bytes'])('asks by %s', async (protocol) => {
    const { code, events } = await bench('--model', 'tiny', '--protocol', protocol, '--connections', '1,2', '--json');
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
    const { code, stdout } = await bench('--model', 'tiny', '--rate', '50', '--batch', '3');
    expect(code).toBe(0);
    expect(stdout).toMatch(/TensorFlow Serving REST, rows of numbers/);
    expect(stdout).toMatch(/50 requests\/s/);
  });

  it('says what is wrong', async () => {
    const unknown = await bench('--model', 'nothing');
    expect([unknown.code, unknown.stderr]).toEqual([1, expect.stringMatching(/404/)]);
    const signature = await bench('--model', 'tiny', '--signature', 'x');
    expect([signature.code, signature.stderr]).toEqual([1, expect.stringMatching(/--signature: serving_default/)]);
    const usage = await bench('--model', 'tiny', '--connections', '0');
    expect(usage.code).toBe(2);
    const nobody = await pictor(['bench', 'serve', 'http://127.0.0.1:1', '--model', 'x']);
    expect([nobody.code, nobody.stderr]).toEqual([1, expect.stringMatching(/does not answer/)]);
  });
});
