/** @file Serving in one run: onnxruntime alone, Pictor by every protocol, and Python servers, on the same cores; the load comes from others. */
import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { LOAD_RULES, runLoad } from '../dist/load/index.js';
import { table } from './figures.js';
import { writeResults } from './results.js';
import { MODELS, publishModels } from './serving-models.js';
import { fastapi, PICTOR, PICTOR_UNBATCHED, pinned, rayServe } from './serving-servers.js';

/**
 * @typedef {import('../dist/load/index.js').LoadResult} LoadResult
 * @typedef {Record<string, { imagesPerSecond: number, medianMs: number }>} Raw
 * @typedef {{ model: string, server: string, protocol: string, connections: number } & LoadResult} Point
 */

const OPTIONS = /** @type {const} */ ({
  model: { type: 'string', multiple: true },
  protocol: { type: 'string', multiple: true },
  peer: { type: 'string', multiple: true, default: ['fastapi', 'ray'] },
  connections: { type: 'string', default: '1,32' },
  'server-cores': { type: 'string' },
  seconds: { type: 'string', default: '5' },
  warmup: { type: 'string', default: '2' },
  python: { type: 'string', default: process.env.BENCH_SERVING_PYTHON ?? process.env.BENCH_PYTHON ?? 'python3' },
});

const RAW_BATCHES = [1, 8, 32];

/** @param {string[]} args */
export async function run(args) {
  const { values } = parseArgs({ args, options: OPTIONS });
  const cores = divideCores(values['server-cores']);
  const models = MODELS.filter(({ name }) => values.model?.includes(name) ?? true);
  const folder = mkdtempSync(path.join(tmpdir(), 'pictor-bench-'));
  /** @type {Point[]} */
  const points = [];
  /** @type {Record<string, Raw>} */
  const raw = {};
  try {
    const graphs = await publishModels(folder, models);
    const context = {
      dataDirectory: folder,
      graphs,
      threads: cores.threads,
      cores: cores.server,
      python: values.python,
    };
    if (cores.server !== null)
      execFileSync('taskset', ['-acp', cores.client, String(process.pid)], { stdio: 'ignore' });
    for (const { name, shape } of models) {
      raw[name] = await measureRaw(graphs[name], shape, cores, Number(values.seconds));
      for (const [batch, { imagesPerSecond }] of Object.entries(raw[name])) {
        say(`${name}, onnxruntime alone, batch ${batch}: ${imagesPerSecond.toFixed(0)} images/s`);
      }
    }
    for (const kind of [PICTOR, PICTOR_UNBATCHED, ...peersOf(values.peer, values.python, cores.threads)]) {
      const server = await kind.start(context).catch((error) => say(`${kind.name} is left out: ${error.message}`));
      if (!server) continue;
      try {
        for (const { name } of models) {
          for (const protocol of kind.protocols) {
            if (values.protocol && !values.protocol.includes(protocol)) continue;
            for (const connections of values.connections.split(',').map(Number)) {
              const result = await measure(server, name, protocol, connections, values).catch((error) =>
                say(`${server.name}, ${name}, ${protocol}: ${error.message}`),
              );
              if (!result) break;
              points.push({ model: name, server: server.name, protocol, connections, ...result });
              say(describe(points[points.length - 1]));
              // Points take long; each is kept as soon as it is known.
              writeResults('serving', { cores, options: values, raw, points });
            }
          }
        }
      } finally {
        await server.stop();
      }
    }
    process.stdout.write(summary(models, raw, points));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * @param {import('./serving-servers.js').RunningServer} server @param {string} model @param {string} protocol
 * @param {number} connections @param {{ seconds: string, warmup: string }} options
 */
async function measure(server, model, protocol, connections, { seconds, warmup }) {
  const url = protocol.endsWith('grpc') ? server.grpcUrl : server.url;
  if (url === null) throw new Error('it is not served.');
  const rule = LOAD_RULES[/** @type {keyof typeof LOAD_RULES} */ (protocol)];
  const client = await rule.client({ url, model });
  return runLoad(client, { kind: 'closed', connections }, { warmup: Number(warmup), window: Number(seconds) });
}

/** @param {string} graph @param {readonly number[]} shape @param {Cores} cores @param {number} seconds @returns {Promise<Raw>} */
async function measureRaw(graph, shape, cores, seconds) {
  const script = fileURLToPath(new URL('./raw-onnx.js', import.meta.url));
  const args = [graph, shape.join(','), cores.threads, seconds, ...RAW_BATCHES].map(String);
  const child = pinned(cores.server, process.execPath, [script, ...args]);
  let text = '';
  child.stdout?.on('data', (chunk) => (text += chunk));
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error('onnxruntime alone could not be measured.');
  return JSON.parse(text);
}

/** @typedef {{ server: string | null, client: string, threads: number }} Cores */

/**
 * Servers get the first cores, the load the rest; without `taskset`, or on one core, all share all.
 * @param {string | undefined} wanted number of cores for servers @returns {Cores}
 */
function divideCores(wanted) {
  const all = availableParallelism();
  const threads = wanted === undefined ? Math.max(1, all >> 1) : Number(wanted);
  const canPin = threads < all && spawnSync('taskset', ['--version']).status === 0;
  if (!canPin) return { server: null, client: '', threads };
  return { server: `0-${threads - 1}`, client: `${threads}-${all - 1}`, threads };
}

/** @param {readonly string[]} names @param {string} python @param {number} threads */
function peersOf(names, python, threads) {
  const has = (/** @type {string} */ module_) => spawnSync(python, ['-c', `import ${module_}`]).status === 0;
  const workers = threads > 1 ? [1, threads] : [1, 2];
  const known = {
    fastapi: { needs: 'fastapi, uvicorn, onnxruntime', kinds: workers.map(fastapi) },
    ray: { needs: 'ray.serve, onnxruntime', kinds: [rayServe(workers[1])] },
  };
  return names.flatMap((name) => {
    if (!Object.hasOwn(known, name)) throw new Error(`--peer ${name}: one of ${Object.keys(known)} was expected.`);
    const { needs, kinds } = known[/** @type {keyof typeof known} */ (name)];
    if (has(needs)) return kinds;
    say(`${name} is left out: ${python} has not all of ${needs}.`);
    return [];
  });
}

/** @param {Point} point */
function describe({ model, server, protocol, connections, requestsPerSecond, latencyMs, errors, stable }) {
  const times = latencyMs ? `p50 ${latencyMs.p50.toFixed(2)} ms, p99 ${latencyMs.p99.toFixed(2)} ms` : 'no answer';
  const notes = [errors > 0 ? `${errors} errors` : '', stable ? '' : 'not stable'].filter(Boolean).join(', ');
  return `${model}, ${server}, ${protocol}, ${connections} connections: ${requestsPerSecond.toFixed(0)}/s, ${times}${notes ? ` (${notes})` : ''}`;
}

/** @param {readonly import('./serving-models.js').ServedModel[]} models @param {Record<string, Raw>} raw @param {readonly Point[]} points */
function summary(models, raw, points) {
  return models
    .map(({ name, preset, why }) => {
      const alone = Object.entries(raw[name]).map(
        ([batch, { imagesPerSecond }]) => `batch ${batch} ${imagesPerSecond.toFixed(0)}`,
      );
      const rows = points.filter(({ model }) => model === name).map((point) => row(point, raw[name]));
      return `\n${name} (${preset}, ${why}); onnxruntime alone, images/s: ${alone.join(', ')}\n\n${table(HEADS, rows)}${findings(
        points.filter(({ model }) => model === name),
        raw[name],
      )}`;
    })
    .join('');
}

const HEADS = [
  'server, protocol',
  'connections',
  'requests/s',
  'of raw, batch 1',
  'of raw, best',
  'p50 ms',
  'p99 ms',
  'p99/p50',
];

/** @param {Point} point @param {Raw} raw */
function row({ server, protocol, connections, requestsPerSecond, latencyMs, stable }, raw) {
  const best = Math.max(...Object.values(raw).map(({ imagesPerSecond }) => imagesPerSecond));
  const of = (/** @type {number} */ value) => (requestsPerSecond / value).toFixed(2);
  return [
    `${server}, ${protocol}${stable ? '' : ' *'}`,
    String(connections),
    requestsPerSecond.toFixed(0),
    of(raw[1].imagesPerSecond),
    of(best),
    latencyMs?.p50.toFixed(2) ?? '-',
    latencyMs?.p99.toFixed(2) ?? '-',
    latencyMs ? (latencyMs.p99 / latencyMs.p50).toFixed(1) : '-',
  ];
}

/** What batching gains at many connections, and adds at one. @param {readonly Point[]} points @param {Raw} raw */
function findings(points, raw) {
  const most = Math.max(...points.map(({ connections }) => connections));
  const find = (/** @type {string} */ server, /** @type {string} */ protocol, /** @type {number} */ connections) =>
    points.find((point) => point.server === server && point.protocol === protocol && point.connections === connections);
  const lines = [];
  for (const protocol of PICTOR_UNBATCHED.protocols) {
    const [batched, single] = [PICTOR, PICTOR_UNBATCHED].map(({ name }) => find(name, protocol, most));
    const [alone, aloneSingle] = [PICTOR, PICTOR_UNBATCHED].map(({ name }) => find(name, protocol, 1));
    if (batched?.latencyMs && single?.latencyMs) {
      const gain = batched.requestsPerSecond / single.requestsPerSecond;
      const tail = batched.latencyMs.p99 / single.latencyMs.p99;
      lines.push(
        `${protocol}: batching at ${most} connections: throughput x ${gain.toFixed(2)}, p99 x ${tail.toFixed(2)}`,
      );
    }
    if (alone?.latencyMs && aloneSingle?.latencyMs) {
      const added = alone.latencyMs.p50 / aloneSingle.latencyMs.p50;
      lines.push(
        `${protocol}: batching at one connection: median x ${added.toFixed(2)}; the graph alone takes ${raw[1].medianMs.toFixed(3)} ms`,
      );
    }
  }
  return lines.length > 0 ? `\n${lines.map((line) => `- ${line}\n`).join('')}` : '';
}

/** @param {string} text */
function say(text) {
  process.stderr.write(`${text}\n`);
}
