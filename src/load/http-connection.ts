/** @file One HTTP/1.1 connection that sends the same bytes again and again: a tenth of the cost of a whole HTTP client. */
import net from 'node:net';
import tls from 'node:tls';
import type { Connection } from './types.ts';

const HEAD_END = Buffer.from('\r\n\r\n');
const CHUNKS_END = Buffer.from('\r\n0\r\n\r\n');

/** The bytes of a request; the host and its length are added. */
export function httpRequest(
  url: URL,
  method: 'GET' | 'POST',
  path: string,
  headers: Readonly<Record<string, string>>,
  body: Uint8Array = new Uint8Array(),
): Buffer {
  const lines = [
    `${method} ${path} HTTP/1.1`,
    `host: ${url.host}`,
    `content-length: ${body.length}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ];
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), body]);
}

/** Opens again what the server closed. */
export class HttpConnection implements Connection {
  readonly #url: URL;
  readonly #request: Buffer;
  readonly #timeoutMs: number;
  #socket: net.Socket | null = null;
  #received: Buffer[] = [];
  #expected = -1;
  #chunked = false;
  #status = 0;
  #closing = false;
  #finish: ((error: string | null) => void) | null = null;

  constructor(url: URL, request: Buffer, timeoutMs: number) {
    this.#url = url;
    this.#request = request;
    this.#timeoutMs = timeoutMs;
  }

  /** @throws when there is no connection */
  async connect(): Promise<void> {
    const { hostname, port, protocol } = this.#url;
    const host = hostname.replace(/^\[|\]$/g, '');
    const socket =
      protocol === 'https:'
        ? tls.connect({ host, port: Number(port || 443), servername: host })
        : net.connect({ host, port: Number(port || 80) });
    await new Promise<void>((resolve, reject) => {
      socket.once(protocol === 'https:' ? 'secureConnect' : 'connect', () => resolve());
      socket.once('error', reject);
    });
    socket.setNoDelay(true);
    socket.on('data', (chunk) => this.#onData(chunk));
    // What comes late of a connection that was given up is nobody's.
    const end = (reason: string) => {
      if (this.#socket === socket) this.#end(reason);
    };
    socket.on('error', (error) => end(`connection: ${error.message}`));
    socket.on('close', () => end('connection: closed by the server'));
    socket.on('timeout', () => end('timeout'));
    socket.setTimeout(this.#timeoutMs);
    this.#socket = socket;
  }

  async send(): Promise<string | null> {
    try {
      if (!this.#socket) await this.connect();
    } catch (error) {
      return `connection: ${(error as NodeJS.ErrnoException).code ?? (error as Error).message}`;
    }
    return new Promise((resolve) => {
      this.#finish = resolve;
      this.#socket?.write(this.#request);
    });
  }

  close(): void {
    this.#finish = null;
    this.#socket?.destroy();
    this.#socket = null;
  }

  #onData(chunk: Buffer): void {
    this.#received.push(chunk);
    if (this.#expected < 0 && !this.#chunked && !this.#readHead()) return;
    const length = this.#received.reduce((sum, part) => sum + part.length, 0);
    if (this.#chunked ? !this.#endsChunked() : length < this.#expected) return;
    this.#done();
  }

  /** False until the head is whole. */
  #readHead(): boolean {
    const all = this.#received.length === 1 ? this.#received[0] : Buffer.concat(this.#received);
    const end = all.indexOf(HEAD_END);
    this.#received = [all];
    if (end < 0) return false;
    const head = all.toString('latin1', 0, end);
    this.#status = Number(head.slice(9, 12));
    const length = /\r\ncontent-length: *(\d+)/i.exec(head);
    this.#closing = /\r\nconnection: *close/i.test(head);
    this.#chunked = /\r\ntransfer-encoding: *chunked/i.test(head);
    this.#expected = end + HEAD_END.length + Number(length?.[1] ?? 0);
    return true;
  }

  #endsChunked(): boolean {
    const all = Buffer.concat(this.#received);
    this.#received = [all];
    // An empty body has its only chunk right behind the head.
    return all.subarray(-CHUNKS_END.length).equals(CHUNKS_END) || all.toString('latin1').endsWith('\r\n\r\n0\r\n\r\n');
  }

  #done(): void {
    const ok = this.#status >= 200 && this.#status < 300;
    const error = ok ? null : `${this.#status}${this.#bodyStart()}`;
    this.#received = [];
    this.#expected = -1;
    this.#chunked = false;
    const finish = this.#finish;
    this.#finish = null;
    // A request behind an answer that says so would not be read.
    if (this.#closing) this.close();
    finish?.(error);
  }

  #bodyStart(): string {
    const text = Buffer.concat(this.#received).toString('utf8');
    const rest = text.slice(text.indexOf('\r\n\r\n') + 4);
    const plain = this.#chunked ? rest.replace(/(^|\r\n)[0-9a-f]+\r\n/gi, '') : rest;
    const body = plain.replace(/\s+/g, ' ').trim();
    return body === '' ? '' : `: ${body.slice(0, 160)}`;
  }

  #end(error: string): void {
    this.#socket?.destroy();
    this.#socket = null;
    this.#received = [];
    this.#expected = -1;
    this.#chunked = false;
    const finish = this.#finish;
    this.#finish = null;
    finish?.(error);
  }
}
