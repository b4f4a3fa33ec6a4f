/**
 * @file Damaged requests to every protocol: no crash, no answer that calls a client's fault ours, and the right answers to
 * right requests afterwards. The same seed sends the same requests. `npm run fuzz` sends more of them.
 */
import { Agent, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fromBinary } from '@bufbuild/protobuf';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { RandomGenerator } from '../src/contracts/index.ts';
import { serving } from '../src/proto/index.ts';
import { tinyModel } from '../src/registry/testing/tiny-model.ts';
import { startGrpc } from '../src/server/grpc/start-grpc.ts';
import { openInferenceServer } from '../src/server/open-inference.ts';
import { type GrpcCaller, grpcCaller } from '../src/server/testing/grpc-client.ts';
import { openServer, type ServerFixture } from '../src/server/testing/server-fixture.ts';
import { halfPlusTwo, mirror } from '../src/serving/testing/graph-models.ts';
import { greyPng, until } from '../src/serving/testing/serving-fixture.ts';
import { type GrpcSeed, grpcSeeds } from './support/fuzz/grpc-seeds.ts';
import { type HttpSeed, httpSeeds } from './support/fuzz/http-seeds.ts';
import { damageBytes, damageJson, damagePath, pick } from './support/fuzz/mutate.ts';

const seconds = Number(process.env.PICTOR_FUZZ_SECONDS ?? 0);
const seed = Number(process.env.PICTOR_FUZZ_SEED ?? 1);
/** Of each kind, when no time is given. */
const REQUESTS = 400;
const AT_ONCE = 8;
/** Requests of many rows may take their time; one that is never answered must not end the test by its own timeout. */
const CALL_MS = 20_000;

let fixture: ServerFixture;
let caller: GrpcCaller;
let stopGrpc: () => Promise<void>;
let httpPort: number;
let http: readonly HttpSeed[];
let grpc: readonly GrpcSeed[];
const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
const internal: unknown[] = [];

beforeAll(async () => {
  fixture = await openServer();
  const { registry, predictor, log } = fixture.services;
  log.error = ((facts: unknown) => internal.push(facts)) as typeof log.error;
  await registry.publishImported(halfPlusTwo(), { name: 'half', file: 'half' });
  await registry.publishImported(mirror(), { name: 'mirror', file: 'mirror' });
  await registry.publish(tinyModel(), { name: 'digits' });
  await until(async () => (await predictor.status('digits'))[0]?.state === 'AVAILABLE');
  await fixture.app.listen({ host: '127.0.0.1', port: 0 });
  httpPort = (fixture.app.server.address() as AddressInfo).port;
  const server = await startGrpc({
    ...openInferenceServer(fixture.services),
    ...{ port: 0, maxMessageBytes: 16 * 1024 * 1024, onInternal: (error) => internal.push(error) },
  });
  stopGrpc = () => server.close(0);
  caller = grpcCaller(server.address as string);
  const png = await greyPng([0, 50, 100, 255], 2);
  http = httpSeeds(png);
  grpc = grpcSeeds(Uint8Array.from(png));
});

afterAll(async () => {
  agent.destroy();
  caller?.close();
  await stopGrpc?.();
  await fixture?.close();
});

it('HTTP: what the seeds are made of is answered', async () => {
  const answers = await Promise.all(
    http.map(async (each) => `${(await sendHttp(each)).status} ${each.method} ${each.path}`),
  );
  expect(answers.filter((line) => /^5/.test(line))).toEqual([]);
  const predictions = http.filter(({ path }) => path.includes('digits:predict') || path.endsWith('/infer'));
  for (const each of predictions) expect([each.path, (await sendHttp(each)).status]).toEqual([each.path, 200]);
});

it('HTTP: damaged requests', { timeout: seconds * 1000 + 60_000 }, async () => {
  await many('http', async (random) => {
    const damaged = damageRequest(random, pick(random, http));
    const { status, body } = await sendHttp(damaged);
    if (isTheirFault(status, body)) return;
    throw new Error(`${status} ${body.slice(0, 500)}\nto ${JSON.stringify(damaged).slice(0, 2000)}`);
  });
  expect(internal).toEqual([]);
  const predict = { method: 'POST', path: '/v1/models/half:predict', body: { instances: [[1], [2], [5]] } };
  expect(JSON.parse((await sendHttp(predict)).body)).toEqual({ predictions: [[2.5], [3], [4.5]] });
});

it('gRPC: damaged messages', { timeout: seconds * 1000 + 60_000 }, async () => {
  const { INTERNAL, UNKNOWN, DATA_LOSS, UNAVAILABLE } = serving.STATUS_CODES;
  await many('grpc', async (random) => {
    const { method, bytes } = pick(random, grpc);
    const damaged = damageBytes(random, bytes);
    const failure = await answerOf(method, damaged);
    if (failure === null) return;
    const { code, details } = failure;
    const isOurs =
      code === INTERNAL ||
      code === UNKNOWN ||
      code === DATA_LOSS ||
      (code === UNAVAILABLE && !/unloaded|broken/.test(details));
    if (isOurs)
      throw new Error(`${code} ${details}\nto ${method.name} ${Buffer.from(damaged).toString('hex').slice(0, 2000)}`);
  });
  expect(internal).toEqual([]);
  const [first] = grpc;
  const answer = await caller.call(
    serving.PredictionService.method.predict,
    fromBinary(serving.PredictRequestSchema, first.bytes),
  );
  expect(answer.outputs.y.floatVal).toEqual([2.5, 3]);
});

/** Until the time is up, or so many; several at once. The first that throws ends the test, with what was sent. */
async function many(name: string, one: (random: RandomGenerator) => Promise<void>): Promise<void> {
  const end = performance.now() + seconds * 1000;
  let next = 0;
  const isOver = () => (seconds > 0 ? performance.now() > end : next >= REQUESTS);
  const worker = async () => {
    while (!isOver()) {
      const index = next++;
      try {
        await one(new RandomGenerator(seed, `${name}/${index}`));
      } catch (error) {
        throw new Error(`seed ${seed}, ${name} request ${index}: ${error instanceof Error ? error.message : error}`);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  if (seconds > 0) process.stdout.write(`${name}: ${next} requests with seed ${seed}\n`);
}

interface Damaged extends HttpSeed {
  readonly bytes?: Uint8Array;
}

function damageRequest(random: RandomGenerator, from: HttpSeed): Damaged {
  const kind = random.nextFloat();
  if (kind < 0.3) return { ...from, path: damagePath(random, from.path) };
  if (kind < 0.35)
    // Not DELETE: it does what it says.
    return { ...from, method: pick(random, ['GET', 'POST', 'PUT', 'PATCH', 'HEAD', 'OPTIONS', 'PROPFIND']) };
  if (kind < 0.45) {
    const name = pick(random, [
      'content-type',
      'content-encoding',
      'inference-header-content-length',
      'origin',
      'accept',
    ]);
    const value = pick(random, [
      '',
      'gzip',
      'x',
      '7',
      'application/json',
      'multipart/form-data; boundary=x',
      '999999999999',
    ]);
    return { ...from, headers: { ...from.headers, [name]: value } };
  }
  const body = bodyOf(from);
  if (body instanceof Buffer || from.body === undefined || kind < 0.65)
    return { ...from, bytes: damageBytes(random, bytesOf(from)) };
  return { ...from, body: damageJson(random, body) };
}

function bodyOf({ body }: HttpSeed): unknown {
  return body;
}

function bytesOf({ body }: HttpSeed): Uint8Array {
  if (body === undefined) return new Uint8Array();
  return body instanceof Uint8Array ? body : Buffer.from(JSON.stringify(body));
}

function sendHttp(seedRequest: Damaged): Promise<{ readonly status: number; readonly body: string }> {
  const { method, path, headers = {}, body, bytes = bytesOf(seedRequest) } = seedRequest;
  const isJson = body !== undefined && !(body instanceof Uint8Array);
  const type = isJson ? { 'content-type': 'application/json' } : {};
  const own = { ...type, ...headers, 'content-length': bytes.length };
  return new Promise((resolve, reject) => {
    const call = request({ agent, host: '127.0.0.1', port: httpPort, method, path, headers: own }, (response) => {
      let text = '';
      response.setEncoding('latin1');
      response.on('data', (chunk) => {
        text += chunk;
        // A stream of events has no end.
        if (response.headers['content-type']?.startsWith('text/event-stream')) response.destroy();
      });
      response.on('close', () => resolve({ status: response.statusCode ?? 0, body: text }));
    });
    call.on('error', reject);
    call.end(bytes);
  });
}

/** 501: no such encoding or type. 503: a model that is unloaded. 504: a deadline that the request asked for. */
function isTheirFault(status: number, body: string): boolean {
  if (status < 500) return status >= 200;
  return status === 501 || status === 504 || (status === 503 && /unloaded|ready/i.test(body));
}

async function answerOf(method: GrpcSeed['method'], bytes: Uint8Array) {
  try {
    return await caller.failure(method, bytes, { deadline: Date.now() + CALL_MS });
  } catch (error) {
    if (error instanceof Error && error.message === 'The call was answered.') return null;
    throw error;
  }
}
