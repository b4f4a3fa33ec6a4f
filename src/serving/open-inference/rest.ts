/** @file Open Inference v2 over HTTP: routes and answers, as the specification, Triton and KServe have them. */
import type { RunOptions } from '../model-in-use.ts';
import type { Predictor } from '../predictor.ts';
import { retryAfterSeconds } from '../retry-after.ts';
import { HTTP_STATUS } from '../rpc-status.ts';
import type { OpenInferenceRequest, OpenInferenceResponse } from './http.ts';
import { inferOverHttp } from './http-infer.ts';
import { isModelReady, modelMetadata, REST_EXTENSIONS, SERVER_NAME } from './metadata.ts';
import { repositoryIndex } from './repository.ts';
import { asOpenInferenceError, invalid, OpenInferenceError } from './status.ts';

export interface OpenInferenceServer {
  readonly predictor: Predictor;
  readonly isReady: () => boolean;
  /** Of Pictor. */
  readonly version: string;
}

const JSON_HEADERS = { 'content-type': 'application/json' } as const;

/** Answers any request whose path is `/v2` or begins with `/v2/`. Never rejects. */
export async function answerOpenInference(
  server: OpenInferenceServer,
  request: OpenInferenceRequest,
  options: RunOptions = {},
): Promise<OpenInferenceResponse> {
  try {
    return await answer(server, request, options);
  } catch (error) {
    const { code, message, cause } = asOpenInferenceError(error);
    const seconds = retryAfterSeconds(cause);
    const headers = seconds === null ? JSON_HEADERS : { ...JSON_HEADERS, 'retry-after': String(seconds) };
    const internal = code === 'INTERNAL' ? { cause: cause ?? error } : {};
    return { status: HTTP_STATUS[code], headers, body: JSON.stringify({ error: message }), ...internal };
  }
}

type Handler = (context: {
  readonly server: OpenInferenceServer;
  readonly request: OpenInferenceRequest;
  readonly options: RunOptions;
  /** Behind the question mark. */
  readonly query: string;
  /** Empty where the path has none. */
  readonly model: string;
  readonly version: string;
}) => Promise<OpenInferenceResponse> | OpenInferenceResponse;

interface Route {
  readonly path: RegExp;
  readonly methods: Readonly<Record<string, Handler>>;
}

const MODEL = '/v2/models/(?<model>[^/]+)(?:/versions/(?<version>[^/]+))?';

const ROUTES: readonly Route[] = [
  { path: new RegExp(`^${MODEL}/infer$`), methods: { POST: infer } },
  { path: /^\/v2\/?$/, methods: { GET: ({ server }) => json(serverMetadata(server)) } },
  { path: /^\/v2\/health\/live$/, methods: { GET: () => json({ live: true }) } },
  { path: /^\/v2\/health\/ready$/, methods: { GET: ({ server }) => readiness('ready', server.isReady()) } },
  { path: /^\/v2\/models$/, methods: { GET: modelList } },
  { path: new RegExp(`^${MODEL}$`), methods: { GET: metadata } },
  { path: new RegExp(`^${MODEL}/ready$`), methods: { GET: modelReady } },
  { path: /^\/v2\/repository(?:\/[^/]+)?\/index$/, methods: { POST: index } },
  { path: /^\/v2\/repository(?:\/[^/]+)?\/models\/(?<model>[^/]+)\/load$/, methods: { POST: load } },
  { path: /^\/v2\/repository(?:\/[^/]+)?\/models\/(?<model>[^/]+)\/unload$/, methods: { POST: unload } },
];

function answer(
  server: OpenInferenceServer,
  request: OpenInferenceRequest,
  options: RunOptions,
): Promise<OpenInferenceResponse> | OpenInferenceResponse {
  const [path, query = ''] = request.path.split('?', 2);
  for (const route of ROUTES) {
    const match = route.path.exec(path);
    if (!match) continue;
    const handler = Object.hasOwn(route.methods, request.method) ? route.methods[request.method] : null;
    if (!handler) {
      const headers = { ...JSON_HEADERS, allow: Object.keys(route.methods).join(', ') };
      return { status: 405, headers, body: JSON.stringify({ error: `${request.method} is not possible on ${path}` }) };
    }
    const { model = '', version = '' } = match.groups ?? {};
    return handler({ server, request, options, query, model: decoded(model), version: decoded(version) });
  }
  return { status: 404, headers: JSON_HEADERS, body: JSON.stringify({ error: 'Not Found' }) };
}

function serverMetadata({ version }: OpenInferenceServer): object {
  return { name: SERVER_NAME, version, extensions: REST_EXTENSIONS };
}

/** Clients of Triton look at the status, those of KServe at the body. */
function readiness(key: 'ready' | 'live', value: boolean, more: object = {}): OpenInferenceResponse {
  return { ...json({ ...more, [key]: value }), status: value ? 200 : 503 };
}

function modelList({ server }: Parameters<Handler>[0]): OpenInferenceResponse {
  return json({ models: server.predictor.models().map(({ name }) => name) });
}

async function metadata({ server, model, version }: Parameters<Handler>[0]): Promise<OpenInferenceResponse> {
  return json(await modelMetadata(server.predictor, model, version));
}

async function modelReady({ server, model, version }: Parameters<Handler>[0]): Promise<OpenInferenceResponse> {
  if ((await server.predictor.status(model)).length === 0) {
    throw new OpenInferenceError('NOT_FOUND', `Request for unknown model: '${model}' is not found`);
  }
  return readiness('ready', await isModelReady(server.predictor, model, version), { name: model });
}

function infer({ server, request, options, query, model, version }: Parameters<Handler>[0]) {
  return inferOverHttp(server.predictor, request, { model, version, query }, options);
}

function index({ server, request }: Parameters<Handler>[0]): OpenInferenceResponse {
  return json(repositoryIndex(server.predictor, readyWanted(request.body)));
}

async function load({ server, model }: Parameters<Handler>[0]): Promise<OpenInferenceResponse> {
  await server.predictor.load(model);
  return json({ name: model, load: true });
}

async function unload({ server, model }: Parameters<Handler>[0]): Promise<OpenInferenceResponse> {
  await server.predictor.unload(model);
  return json({ name: model, unload: true });
}

/** The body is `{"ready": true}`, or empty. */
function readyWanted(body: Uint8Array): boolean {
  if (body.length === 0) return false;
  try {
    return (JSON.parse(Buffer.from(body).toString('utf8')) as { ready?: unknown } | null)?.ready === true;
  } catch {
    throw invalid('failed to parse the request JSON buffer');
  }
}

function json(value: object): OpenInferenceResponse {
  return { status: 200, headers: JSON_HEADERS, body: JSON.stringify(value) };
}

/** What is no escape stays as it is. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
