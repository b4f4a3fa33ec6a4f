/** @file What the listener does beside answering: health, reflection, deadlines, cancelled calls, limits, TLS, unix sockets. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fromBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import { credentials, Metadata } from '@grpc/grpc-js';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { DATA_TYPE_NUMBERS, health, inference, serving } from '../../proto/index.ts';
import { tinyModel } from '../../registry/testing/tiny-model.ts';
import { halfPlusTwo } from '../../serving/testing/graph-models.ts';
import { until } from '../../serving/testing/serving-fixture.ts';
import { grpcCaller } from '../testing/grpc-client.ts';
import { type GrpcFixture, serveGrpc } from '../testing/grpc-fixture.ts';
import { startGrpc } from './start-grpc.ts';

const { SERVING, NOT_SERVING, SERVICE_UNKNOWN } = health.SERVING_STATUS;
const { CANCELLED, DEADLINE_EXCEEDED, INVALID_ARGUMENT, NOT_FOUND } = serving.STATUS_CODES;
const { RESOURCE_EXHAUSTED, UNAVAILABLE, UNIMPLEMENTED } = serving.STATUS_CODES;
const { predict } = serving.PredictionService.method;
const { check } = health.Health.method;

const x = { dtype: DATA_TYPE_NUMBERS.DT_FLOAT, tensorShape: { dim: [{ size: 1n }, { size: 1n }] }, floatVal: [1] };
const half = { modelSpec: { name: 'half' }, inputs: { x } };

let directory: string;
let server: GrpcFixture;
let ready = true;
/** Called with every picture; the answer waits for it. */
let decoding: () => Promise<void> = async () => {};

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'pictor-grpc-'));
  const decode = async () => {
    await decoding();
    return new Uint8Array(4);
  };
  const limits = { isReady: () => ready, maxMessageBytes: 6_000_000 };
  server = await serveGrpc(limits, { decode, maxPending: 1 });
  await server.registry.publishImported(halfPlusTwo(), { name: 'half', file: 'half' });
  await server.registry.publish(tinyModel(), { name: 'digits' });
});
afterEach(() => {
  ready = true;
  decoding = async () => {};
});
afterAll(async () => {
  await server.stop();
  await rm(directory, { recursive: true, force: true });
});

const picture = {
  dtype: DATA_TYPE_NUMBERS.DT_STRING,
  tensorShape: { dim: [{ size: 1n }] },
  stringVal: [new Uint8Array(4)],
};
const bytes = {
  modelSpec: { name: 'digits', signatureName: 'serving_bytes' },
  inputs: { image_bytes_string: picture },
};

/** Pictures are not decoded until it is released. */
function holdDecoding() {
  const held = { started: false, release: () => {} };
  decoding = () =>
    new Promise((resolve) => {
      held.started = true;
      held.release = resolve;
    });
  return held;
}

describe('health', () => {
  it.each([
    '',
    'PredictionService',
    'ModelService',
    'GRPCInferenceService',
    'tensorflow.serving.PredictionService',
    'tensorflow.serving.ModelService',
    'inference.GRPCInferenceService',
  ])('of %j', async (service) => {
    expect((await server.call(check, { service })).status).toBe(SERVING);
    ready = false;
    expect((await server.call(check, { service })).status).toBe(NOT_SERVING);
  });

  it('of nothing that is there', async () => {
    expect(await server.failure(check, { service: 'x' })).toMatchObject({ code: NOT_FOUND });
  });

  it('can be watched', async () => {
    const watch = (service: string) =>
      server.client.makeServerStreamRequest(
        '/grpc.health.v1.Health/Watch',
        (name: string) => Buffer.from([0x0a, name.length, ...Buffer.from(name)]),
        (value: Buffer) => fromBinary(health.HealthCheckResponseSchema, value).status,
        service,
      );
    const [known, unknown] = [watch('PredictionService'), watch('x')];
    const seen: number[] = [];
    known.on('data', (status) => seen.push(status)).on('error', () => {});
    const first = await new Promise((resolve) => unknown.once('data', resolve).on('error', () => {}));
    expect(first).toBe(SERVICE_UNKNOWN);
    await until(() => seen.length === 1);
    ready = false;
    await until(() => seen.length === 2);
    expect(seen).toEqual([SERVING, NOT_SERVING]);
    known.cancel();
    unknown.cancel();
  });
});

describe('reflection', () => {
  /** Answers of the reflection service to one request, given and taken as bytes. */
  const ask = (request: readonly number[], service = 'v1') =>
    new Promise<Buffer>((resolve, reject) => {
      const same = (value: Buffer) => value;
      const call = server.client.makeBidiStreamRequest(
        `/grpc.reflection.${service}.ServerReflection/ServerReflectionInfo`,
        same,
        same,
        new Metadata(),
      );
      call.on('data', resolve).on('error', reject);
      call.write(Buffer.from(request));
      call.end();
    });
  const text = (field: number, value: string) => [(field << 3) | 2, value.length, ...Buffer.from(value)];

  it.each(['v1', 'v1alpha'])('%s lists the services', async (version) => {
    const listed = (await ask(text(7, '*'), version)).toString('latin1');
    for (const { typeName } of [
      serving.PredictionService,
      serving.ModelService,
      inference.GRPCInferenceService,
      health.Health,
    ]) {
      expect(listed).toContain(typeName);
    }
  });

  it('describes a method and everything that its messages need', async () => {
    const answer = await ask(text(4, 'tensorflow.serving.PredictionService'));
    const files = descriptorsIn(answer).map((file) => fromBinary(FileDescriptorProtoSchema, file));
    const names = files.map(({ name }) => name);
    for (const { dependency } of files) for (const name of dependency) expect(names).toContain(name);
    const [{ service }] = files.filter(({ name }) => name === 'serving.proto');
    expect(service[0].method.map(({ name }) => name)).toContain('MultiInference');
  });

  /** `file_descriptor_response` (4) of a response: `repeated bytes` (1). */
  function descriptorsIn(response: Buffer): Uint8Array[] {
    const found: Uint8Array[] = [];
    for (const [field, value] of fieldsOf(response)) {
      if (field === 4) for (const [inner, file] of fieldsOf(value)) if (inner === 1) found.push(file);
    }
    return found;
  }

  function* fieldsOf(message: Uint8Array): Generator<[field: number, value: Uint8Array]> {
    let at = 0;
    const varint = () => {
      let value = 0;
      for (let shift = 0; ; shift += 7) {
        const byte = message[at++];
        value += (byte & 127) * 2 ** shift;
        if (byte < 128) return value;
      }
    };
    while (at < message.length) {
      const tag = varint();
      const length = tag & 2 ? varint() : 0;
      if (!(tag & 2)) varint();
      yield [tag >>> 3, message.subarray(at, at + length)];
      at += length;
    }
  }
});

describe('calls that end early', () => {
  it('are told when their deadline is over, while the model is still at work', async () => {
    const held = holdDecoding();
    const { code } = await server.failure(predict, bytes, { deadline: Date.now() + 50 });
    expect(code).toBe(DEADLINE_EXCEEDED);
    held.release();
    await until(async () => (await server.failure(predict, {})).code !== UNAVAILABLE);
  });

  it('are refused when their deadline is over before they come', async () => {
    expect((await server.failure(predict, half, { deadline: Date.now() - 1 })).code).toBe(DEADLINE_EXCEEDED);
  });

  it('make room when the caller goes away', async () => {
    const gone = new AbortController();
    const held = holdDecoding();
    const call = server.call(predict, bytes, { signal: gone.signal });
    await until(() => held.started);
    expect((await server.failure(predict, bytes)).code).toBe(RESOURCE_EXHAUSTED);
    gone.abort();
    await expect(call).rejects.toMatchObject({ code: CANCELLED });
    decoding = async () => {};
    await until(async () => (await server.call(predict, bytes).catch(() => null)) !== null);
    held.release();
  });

  it('say when to come again', async () => {
    const held = holdDecoding();
    const call = server.call(predict, bytes);
    await until(() => held.started);
    const { code, metadata } = await server.failure(predict, bytes);
    expect([code, Number(metadata.get('grpc-retry-pushback-ms')[0])]).toEqual([RESOURCE_EXHAUSTED, 1000]);
    held.release();
    await call;
  });
});

describe('limits', () => {
  it('takes messages of more than grpc-js allows, up to the limit', async () => {
    const sent = (bytes: number) => {
      const tensorShape = { dim: [{ size: 1n }, { size: BigInt(bytes / 4) }] };
      const tensor = { ...x, floatVal: [], tensorShape, tensorContent: new Uint8Array(bytes) };
      return server.failure(predict, { modelSpec: { name: 'half' }, inputs: { other: tensor } });
    };
    expect(await sent(5_000_000)).toMatchObject({
      code: INVALID_ARGUMENT,
      details: expect.stringContaining('not found in signature: other'),
    });
    const { code, details } = await sent(7_000_000);
    expect([code, details]).toEqual([RESOURCE_EXHAUSTED, expect.stringMatching(/larger than max/)]);
  });

  it('knows no other method', async () => {
    const { code } = await new Promise<{ code: number }>((resolve) => {
      const empty = () => Buffer.alloc(0);
      server.client.makeUnaryRequest('/tensorflow.SessionService/SessionRun', empty, empty, {}, (error) =>
        resolve(error!),
      );
    });
    expect(code).toBe(UNIMPLEMENTED);
  });

  it('what is no HTTP/2 ends its connection, and nothing else', async () => {
    const [, port] = server.server.address!.split(':');
    for (const noise of [Buffer.from('GET / HTTP/1.1\r\n\r\n'), Buffer.alloc(5000, 7)]) {
      const socket = connect(Number(port), '127.0.0.1');
      socket.on('error', () => {}).resume();
      socket.end(noise);
      await new Promise((resolve) => socket.once('close', resolve));
    }
    expect((await server.call(predict, half)).outputs.y.floatVal).toEqual([2.5]);
    expect(server.internal).toEqual([]);
  });
});

describe('listening', () => {
  const options = () => ({
    ...{ predictor: server.predictor, maxMessageBytes: 1000, isReady: () => true, version: '0' },
    onInternal: () => {},
  });

  it('on a unix socket, also where one was left behind', async () => {
    const socketPath = path.join(directory, 'grpc.sock');
    const left = createServer().listen(socketPath);
    await new Promise((resolve) => left.once('listening', resolve));
    await expect(startGrpc({ ...options(), port: null, socketPath })).rejects.toMatchObject({ code: 'port_in_use' });
    // As a process that was killed leaves it: the file without a listener.
    spawnSync('node', ['-e', KILLED, path.join(directory, 'left.sock')]);
    await new Promise((resolve) => left.close(resolve));
    for (const place of [socketPath, path.join(directory, 'left.sock')]) {
      const local = await startGrpc({ ...options(), port: null, socketPath: place });
      const caller = grpcCaller(`unix:${place}`);
      expect(local.address).toBeNull();
      expect((await caller.call(predict, half)).outputs.y.floatVal).toEqual([2.5]);
      caller.close();
      await local.close(0);
    }
  });

  const KILLED = "require('net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))";

  it('with TLS, and with certificates of clients', async () => {
    const key = path.join(directory, 'key.pem');
    const cert = path.join(directory, 'cert.pem');
    const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1'];
    const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
    execFileSync('openssl', [...request, ...names, '-keyout', key, '-out', cert], { stdio: 'ignore' });
    const [keyText, certText] = [await readFile(key, 'utf8'), await readFile(cert, 'utf8')];
    const tls = { key: keyText, certificate: certText, clientAuthority: certText, requireClient: true };
    const secured = await startGrpc({ ...options(), port: 0, tls });
    const address = secured.address!.replace('127.0.0.1', 'localhost');
    const [ca, pair] = [Buffer.from(certText), [Buffer.from(keyText), Buffer.from(certText)] as const];
    const known = grpcCaller(address, credentials.createSsl(ca, ...pair));
    const unknown = grpcCaller(address, credentials.createSsl(ca));
    const plain = grpcCaller(address);
    expect((await known.call(predict, half)).outputs.y.floatVal).toEqual([2.5]);
    for (const caller of [unknown, plain]) expect((await caller.failure(predict, half)).code).toBe(UNAVAILABLE);
    for (const caller of [known, unknown, plain]) caller.close();
    await secured.close(0);
    await expect(startGrpc({ ...options(), port: 0, tls: { ...tls, key: 'x' } })).rejects.toMatchObject({
      code: 'invalid_setting',
    });
  });

  it('lets running calls end when it closes, and takes no new ones', async () => {
    const own = await startGrpc({ ...options(), port: 0 });
    const caller = grpcCaller(own.address!);
    const held = holdDecoding();
    const call = caller.call(predict, bytes);
    await until(() => held.started);
    const closed = own.close(5000);
    const late = grpcCaller(own.address!);
    expect((await late.failure(predict, half)).code).toBe(UNAVAILABLE);
    held.release();
    expect((await call).outputs.output_0.floatVal).toHaveLength(3);
    caller.close();
    late.close();
    await closed;
  });
});
