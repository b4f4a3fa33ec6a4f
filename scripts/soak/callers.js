/** @file Who asks during a soak: connections of every protocol, each one request after the other, and what failed. */
import { setTimeout as sleep } from 'node:timers/promises';
import { PictorClient } from '../../dist/client/index.js';
import { encodePng } from '../../dist/dataset/index.js';
import { LOAD_RULES } from '../../dist/load/index.js';
import { CHANGING, classOf, LABEL, STEADY } from './changes.js';

/** Between an answer and the next request: a mixed load, not the highest. */
const PAUSE_MS = 2;
const CONNECTIONS = 2;

/** @typedef {{ name: string, send: () => Promise<string | null>, close: () => void }} Caller */

/** @param {{ url: string, restUrl: string, grpcUrl: string }} server */
export async function openCallers(server) {
  /** @type {Caller[]} */
  const callers = [];
  for (const model of [STEADY, CHANGING]) {
    for (const [protocol, { client }] of Object.entries(LOAD_RULES)) {
      const url = protocol.endsWith('grpc') ? server.grpcUrl : protocol === 'v2' ? server.url : server.restUrl;
      const load = await client({ url, model });
      for (let i = 0; i < CONNECTIONS; i++) {
        const { send, close } = bound(await load.open());
        callers.push({ name: `${protocol}, ${model}`, send, close });
      }
    }
  }
  for (const label of [undefined, LABEL]) {
    for (let i = 0; i < CONNECTIONS; i++) callers.push(pictureCaller(server.url, label));
  }
  return new Callers(callers);
}

/** @param {import('../../dist/load/types.js').Connection} connection */
function bound(connection) {
  return { send: () => connection.send(), close: () => connection.close() };
}

/** A picture by our own interface; the answer must be that of its version. @param {string} url @param {string | undefined} label @returns {Caller} */
function pictureCaller(url, label) {
  const client = new PictorClient(url, { retries: 0, timeoutMs: 30_000 });
  const png = encodePng(new Uint8Array(784).fill(100), { height: 28, width: 28, channels: 1 });
  return {
    name: label === undefined ? `pictures, ${CHANGING}` : `pictures, ${CHANGING} by label`,
    async send() {
      try {
        const { version, results } = await client.predict(CHANGING, await png, label === undefined ? {} : { label });
        const [{ label: answer }] = results;
        return answer === String(classOf(version)) ? null : `WRONG: version ${version} answered ${answer}`;
      } catch (error) {
        const { code, message } = /** @type {{ code?: string, message: string }} */ (error);
        return `${code ?? ''} ${message}`.trim();
      }
    },
    close() {},
  };
}

class Callers {
  #callers;
  /** @type {Record<string, number>} */
  #answers = {};
  /** @type {Record<string, number>} */
  #failures = {};
  #slowestMs = 0;
  #stopped = false;
  #serverStopsAt = Number.POSITIVE_INFINITY;

  /** @param {readonly Caller[]} callers */
  constructor(callers) {
    this.#callers = callers;
    for (const { name } of callers) this.#answers[name] = 0;
  }

  /** Resolves when all have stopped. */
  async start() {
    await Promise.all(this.#callers.map((caller) => this.#run(caller)));
  }

  /** From now on requests may be refused; those on their way may not. */
  serverStops() {
    this.#serverStopsAt = performance.now();
  }

  stop() {
    this.#stopped = true;
  }

  result() {
    return { requests: this.#answers, failures: this.#failures, slowestMs: this.#slowestMs };
  }

  /** @param {Caller} caller */
  async #run({ name, send, close }) {
    while (!this.#stopped) {
      const since = performance.now();
      const error = await send();
      this.#slowestMs = Math.max(this.#slowestMs, performance.now() - since);
      if (error === null) this.#answers[name]++;
      else if (since < this.#serverStopsAt || error.startsWith('WRONG')) {
        const late = performance.now() >= this.#serverStopsAt ? ' (while the server stops)' : '';
        const what = `${name}: ${error}${late}`;
        this.#failures[what] = (this.#failures[what] ?? 0) + 1;
      } else break;
      await sleep(error === null ? PAUSE_MS : PAUSE_MS * 25);
    }
    close();
  }
}
