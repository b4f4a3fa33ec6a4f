/** @file Server-sent events to one page. */
import type { FastifyReply } from 'fastify';
import { SECURITY_HEADERS } from './security.ts';

/** Proxies and browsers give up on connections that say nothing. */
const KEEP_ALIVE_MS = 15_000;
/** Beyond this many unsent bytes a slow page gets only the last change of each record. */
const MAX_UNSENT_BYTES = 256 * 1024;

export class EventStream {
  readonly #response: FastifyReply['raw'];
  readonly #held = new Map<string, string>();
  readonly #keepAlive: NodeJS.Timeout;
  readonly #closeListeners: (() => void)[] = [];

  constructor(reply: FastifyReply) {
    reply.hijack();
    this.#response = reply.raw;
    this.#response.writeHead(200, {
      ...SECURITY_HEADERS,
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    this.#response.flushHeaders();
    this.#keepAlive = setInterval(() => this.#response.write(': still here\n\n'), KEEP_ALIVE_MS);
    this.#keepAlive.unref();
    this.#response.on('drain', () => this.#flush());
    this.#response.on('close', () => this.#closed());
    this.#response.on('error', () => {});
  }

  /** @param key events of one key replace each other while the page is behind */
  send(name: string, key: string, data: unknown): void {
    if (this.#response.writableEnded) return;
    const text = `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
    if (this.#held.size > 0 || this.#response.writableLength > MAX_UNSENT_BYTES) this.#held.set(`${name} ${key}`, text);
    else this.#response.write(text);
  }

  onClose(listener: () => void): void {
    this.#closeListeners.push(listener);
  }

  /** Sends what is held back, then ends the stream. */
  end(): void {
    if (this.#response.writableEnded) return;
    for (const text of this.#held.values()) this.#response.write(text);
    this.#held.clear();
    this.#response.end();
    this.#closed();
  }

  #flush(): void {
    for (const [key, text] of this.#held) {
      if (this.#response.writableLength > MAX_UNSENT_BYTES) return;
      this.#held.delete(key);
      this.#response.write(text);
    }
  }

  #closed(): void {
    clearInterval(this.#keepAlive);
    for (const listener of this.#closeListeners.splice(0)) listener();
  }
}
