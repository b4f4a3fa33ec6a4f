/** @file What clients see of a server that stops: nothing of what they sent before is lost. */
import type { ServiceError } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { health, serving } from '../proto/index.ts';
import { tinyModel } from '../registry/testing/tiny-model.ts';
import { Closers } from './closers.ts';
import { createLogger } from './logger.ts';
import { grpcCaller } from './testing/grpc-client.ts';
import { type ModelFolders, modelFolders, type StartedServer } from './testing/model-server-fixture.ts';

const { getModelMetadata } = serving.PredictionService.method;
const { check } = health.Health.method;
const { NOT_SERVING } = health.SERVING_STATUS;
const metadata = { modelSpec: { name: 'digits' }, metadataField: ['signature_def'] };

describe('a server that stops', () => {
  let folders: ModelFolders;
  let server: StartedServer;
  let callers: ReturnType<typeof grpcCaller>[];
  beforeEach(async () => {
    // As long as it is by default.
    vi.stubEnv('PICTOR_DRAIN_DELAY_MS', '');
    folders = await modelFolders([tinyModel()]);
    server = await folders.start({ grpcPort: 0 });
    callers = [1, 2, 3, 4].map(() => grpcCaller(server.grpcAddress ?? ''));
    // Connections that are open.
    await Promise.all(callers.map((caller) => caller.call(getModelMetadata, metadata)));
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    for (const caller of callers) caller.close();
    await server.close();
    await folders.remove();
  });

  it('answers the calls that were on their way', async () => {
    const calls = callers.flatMap((caller) => [1, 2, 3].map(() => caller.call(getModelMetadata, metadata)));
    const closed = server.close();
    expect((await Promise.all(calls)).map(({ modelSpec }) => modelSpec?.name)).toEqual(calls.map(() => 'digits'));
    await closed;
  });

  it('says first that it is not ready, while it answers', async () => {
    const closed = server.close();
    const [ready, answer] = await Promise.all(['/readyz', '/v1/models/digits'].map((url) => fetch(server.url + url)));
    expect([ready.status, answer.status]).toEqual([503, 200]);
    expect((await callers[0].call(check, {})).status).toBe(NOT_SERVING);
    expect((await callers[1].call(getModelMetadata, metadata)).modelSpec?.name).toBe('digits');
    await closed;
    await expect(fetch(`${server.url}/readyz`)).rejects.toThrow();
  });

  it('ends the watches of its health, which do not hold it', async () => {
    const same = (bytes: Buffer) => bytes;
    const watch = callers[0].client.makeServerStreamRequest(
      '/grpc.health.v1.Health/Watch',
      same,
      same,
      Buffer.alloc(0),
    );
    await new Promise((resolve) => watch.once('data', resolve).once('error', () => {}));
    const seen: Buffer[] = [];
    watch.on('data', (bytes) => seen.push(bytes));
    const ended = new Promise<ServiceError>((resolve) => watch.once('error', resolve));
    const [{ details }] = await Promise.all([ended, server.close()]);
    expect(details).toBe('The server stops.');
    expect(seen.map((bytes) => bytes.at(-1))).toEqual([NOT_SERVING]);
  });
});

describe('closers', () => {
  it('that belong together do not wait for one another; what was opened before them waits for all', async () => {
    const order: string[] = [];
    const closers = new Closers(createLogger('silent'));
    closers.add(() => void order.push('models'));
    const listeners = closers.together();
    let release = () => {};
    const running = new Promise<void>((resolve) => (release = resolve));
    listeners.add(async () => {
      order.push('http');
      await running;
      order.push('http ended');
    });
    listeners.add(() => {
      order.push('grpc');
      release();
      throw new Error('It is gone.');
    });
    await closers.close();
    expect(order).toEqual(['http', 'grpc', 'http ended', 'models']);
  });
});
