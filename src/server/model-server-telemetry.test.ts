/** @file What a request leaves behind: figures on both pages, and spans where an SDK is registered. */
import { AsyncLocalStorage } from 'node:async_hooks';
import {
  type Attributes,
  type Context,
  context,
  ROOT_CONTEXT,
  type Span,
  type SpanOptions,
  trace,
} from '@opentelemetry/api';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { DATA_TYPE_NUMBERS, serving } from '../proto/index.ts';
import { halfPlusTwo } from '../serving/testing/graph-models.ts';
import { type GrpcCaller, grpcCaller } from './testing/grpc-client.ts';
import { type ModelFolders, modelFolders, type StartedServer } from './testing/model-server-fixture.ts';

let folders: ModelFolders;
let server: StartedServer;
let caller: GrpcCaller;
beforeAll(async () => {
  folders = await modelFolders([]);
  await folders.registry.publishImported(halfPlusTwo(), { name: 'half', file: 'half' });
  const monitoringFile = await folders.file('monitoring.config', 'prometheus_config { enable: true }');
  const configFile = await folders.file(
    'models.config',
    `model_config_list { config { name: 'half' base_path: '${folders.directory}/models/half' } }`,
  );
  server = await folders.start({ configFile, monitoringFile, grpcPort: 0 });
  caller = grpcCaller(server.grpcAddress ?? '');
});
afterAll(async () => {
  caller.close();
  await server.close();
  await folders.remove();
});
afterEach(() => {
  trace.disable();
  context.disable();
});

const { predict, regress } = serving.PredictionService.method;
const page = async (place: string) => (await (await fetch(`${server.url}${place}`)).text()).split('\n');
const one = { dtype: DATA_TYPE_NUMBERS.DT_FLOAT, tensorShape: { dim: [{ size: 1n }] }, floatVal: [1] };
const askGrpc = (signatureName = 'serving_default') =>
  caller.call(predict, { modelSpec: { name: 'half', signatureName }, inputs: { x: one } });

describe('figures', () => {
  it('of gRPC calls are on both pages', async () => {
    await askGrpc();
    await caller.failure(predict, { modelSpec: { name: 'nothing' } });
    const feature = { x: { kind: { case: 'floatList' as const, value: { value: [1] } } } };
    const input = { kind: { case: 'exampleList' as const, value: { examples: [{ features: { feature } }] } } };
    await caller.call(regress, { modelSpec: { name: 'half', signatureName: 'regress_x_to_y' }, input });
    const own = await page('/metrics');
    const service = 'method="/tensorflow.serving.PredictionService';
    expect(own).toContain(`pictor_grpc_request_seconds_count{${service}/Predict",status="OK"} 1`);
    expect(own).toContain(`pictor_grpc_request_seconds_count{${service}/Predict",status="NOT_FOUND"} 1`);
    const serving_ = await page('/monitoring/prometheus/metrics');
    expect(serving_).toContain(':tensorflow:serving:request_count{model_name="half",status="OK"} 2');
    expect(serving_).toContain(':tensorflow:serving:request_count{model_name="nothing",status="NOT_FOUND"} 1');
    const labels = 'model_name="half",API="Predict",entrypoint="GRPC"';
    expect(serving_).toContain(`:tensorflow:serving:request_latency_count{${labels}} 1`);
    expect(serving_).toContain(':tensorflow:serving:request_example_count_total{model="half"} 1');
  });
});

interface Recorded {
  readonly name: string;
  readonly parent: string | null;
  readonly attributes: Attributes;
  isFailure: boolean;
  isEnded: boolean;
}

/** What an SDK would register, in memory: spans that know their parents, and a context that follows promises. */
function record(): Recorded[] {
  const spans: Recorded[] = [];
  const named = new WeakMap<Span, Recorded>();
  const store = new AsyncLocalStorage<Context>();
  const active = () => store.getStore() ?? ROOT_CONTEXT;
  context.setGlobalContextManager({
    active,
    with: (inside, work, that, ...args) => store.run(inside, () => work.apply(that as never, args)),
    bind: (_inside, target) => target,
    enable() {
      return this;
    },
    disable() {
      return this;
    },
  });
  const startSpan = (name: string, options: SpanOptions = {}, parent = active()): Span => {
    const above = trace.getSpan(parent);
    const span = { attributes: { ...options.attributes }, isFailure: false, isEnded: false };
    const kept = { ...span, name, parent: above ? (named.get(above)?.name ?? null) : null };
    const made = {
      isRecording: () => true,
      updateName: (changed: string) => Object.assign(kept, { name: changed }),
      setAttribute: (key: string, value: string) => Object.assign(kept.attributes, { [key]: value }),
      setAttributes: (more: Attributes) => Object.assign(kept.attributes, more),
      setStatus: () => Object.assign(kept, { isFailure: true }),
      end: () => Object.assign(kept, { isEnded: true }),
    } as unknown as Span;
    named.set(made, kept);
    spans.push(kept);
    return made;
  };
  const startActiveSpan = () => {
    throw new Error('not used');
  };
  trace.setGlobalTracerProvider({ getTracer: () => ({ startSpan, startActiveSpan }) });
  return spans;
}

describe('spans', () => {
  it('of a gRPC call has that of the model inside', async () => {
    const spans = record();
    await askGrpc();
    const method = 'tensorflow.serving.PredictionService/Predict';
    expect(spans).toMatchObject([
      { name: method, parent: null, isFailure: false, isEnded: true, attributes: { 'rpc.grpc.status_code': 0 } },
      { name: 'predict', parent: method, isEnded: true, attributes: { 'pictor.model': 'half', 'pictor.rows': 1 } },
    ]);
    await caller.failure(predict, { modelSpec: { name: 'nothing' } });
    expect(spans[2]).toMatchObject({ name: method, isFailure: true, attributes: { 'rpc.grpc.status_code': 5 } });
  });

  it('of an HTTP request, too', async () => {
    const spans = record();
    const body = JSON.stringify({ instances: [1] });
    const response = await fetch(`${server.url}/v1/models/half:predict`, { method: 'POST', body });
    expect(response.status).toBe(200);
    while (!spans[0]?.isEnded) await new Promise((resolve) => setImmediate(resolve));
    expect(spans).toMatchObject([
      { name: 'POST /v1/', parent: null, attributes: { 'http.response.status_code': 200 } },
      {
        name: 'predict',
        parent: expect.stringContaining('POST'),
        attributes: { 'pictor.signature': 'serving_default' },
      },
    ]);
  });
});
