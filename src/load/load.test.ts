import { createServer, type RequestListener } from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { HttpConnection, httpRequest } from './http-connection.ts';
import { LatencyLog, percentile, summarise } from './latencies.ts';
import { runLoad } from './run-load.ts';
import { makeInput, nested } from './tensors.ts';
import type { LoadClient } from './types.ts';

async function serve(listener: RequestListener): Promise<URL> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
}

/** A server that answers these bytes, piece by piece. */
async function answering(...pieces: string[]): Promise<URL> {
  const server = net.createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', async () => {
      for (const piece of pieces) {
        socket.write(piece);
        await new Promise((resolve) => setImmediate(resolve));
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
}

function connectionTo(url: URL, timeoutMs = 5_000, body = Buffer.from('{}')): HttpConnection {
  const connection = new HttpConnection(url, httpRequest(url, 'POST', '/x', {}, body), timeoutMs);
  onTestFinished(() => connection.close());
  return connection;
}

const clientOf = (url: URL): LoadClient => ({ requestBytes: 1, open: async () => connectionTo(url) });

describe('a connection', () => {
  it('sends its request again and again', async () => {
    const bodies: string[] = [];
    const url = await serve(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      bodies.push(`${request.method} ${request.url} ${body}`);
      response.end('fine');
    });
    const connection = connectionTo(url, 5_000, Buffer.from('hello'));
    for (let i = 0; i < 3; i++) expect(await connection.send()).toBe(null);
    expect(bodies).toEqual(Array.from({ length: 3 }, () => 'POST /x hello'));
  });

  it.each<[string, string[]]>([
    ['in one piece', ['HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok']],
    ['in pieces', ['HTTP/1.1 200 O', 'K\r\nContent-Length: 2\r\n', '\r\no', 'k']],
    ['without a body', ['HTTP/1.1 204 No Content\r\n\r\n']],
    ['in chunks', ['HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n', '2\r\nok\r\n', '0\r\n\r\n']],
    ['in no chunks', ['HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n']],
  ])('takes an answer %s', async (_how, pieces) => {
    const connection = connectionTo(await answering(...pieces));
    expect(await connection.send()).toBe(null);
    expect(await connection.send()).toBe(null);
  });

  it('tells what is wrong, and goes on', async () => {
    let calls = 0;
    const url = await serve((request, response) => {
      calls++;
      if (calls === 1) response.writeHead(429).end('{"error":\n"busy"}');
      else if (calls === 2) request.socket.destroy();
      else response.end();
    });
    const connection = connectionTo(url);
    expect(await connection.send()).toBe('429: {"error": "busy"}');
    expect(await connection.send()).toMatch(/^connection: /);
    expect(await connection.send()).toBe(null);
    expect(await connectionTo(new URL('http://127.0.0.1:1')).send()).toBe('connection: ECONNREFUSED');
    expect(await connectionTo(await serve(() => {}), 30).send()).toBe('timeout');
  });
});

describe('latencies', () => {
  it('have the percentiles of their definition', () => {
    const hundred = Array.from({ length: 100 }, (_, index) => index + 1);
    expect([0.5, 0.9, 0.99, 1].map((share) => percentile(hundred, share))).toEqual([50, 90, 99, 100]);
    expect(percentile([7], 0.5)).toBe(7);
    const log = new LatencyLog();
    for (let i = 10_000; i > 0; i--) log.add(i);
    expect(summarise([log, log])).toEqual({ mean: 5000.5, p50: 5000, p90: 9000, p99: 9900, max: 10_000 });
    expect(summarise([new LatencyLog()])).toBe(null);
  });
});

describe('a measurement', () => {
  const quick = { warmup: 0.02, window: 0.1, windows: 2, maxWindows: 2 };

  it('in a closed loop has so many requests at once as connections', async () => {
    let now = 0;
    let most = 0;
    const url = await serve((_request, response) => {
      most = Math.max(most, ++now);
      setTimeout(() => {
        now--;
        response.end();
      }, 5);
    });
    const result = await runLoad(clientOf(url), { kind: 'closed', connections: 4 }, quick);
    expect(most).toBe(4);
    expect(result).toMatchObject({ errors: 0, errorKinds: {}, windows: 2 });
    expect(result.requestsPerSecond).toBeLessThan(4 / 0.0045);
    expect(result.latencyMs?.p50).toBeGreaterThan(4.5);
  });

  it('in an open loop counts the time that requests had to wait for a slow server', async () => {
    const url = await serve((_request, response) => void setTimeout(() => response.end(), 20));
    // Fifty a second at most, two hundred wanted: whoever counted from the sending would see 20 ms.
    const result = await runLoad(clientOf(url), { kind: 'open', rate: 200, connections: 1 }, quick);
    expect(result.requestsPerSecond).toBeLessThan(60);
    expect(result.latencyMs?.max).toBeGreaterThan(80);
  });

  it('in an open loop sends at the rate', async () => {
    let requests = 0;
    const url = await serve((_request, response) => {
      requests++;
      response.end();
    });
    const started = performance.now();
    const result = await runLoad(
      clientOf(url),
      { kind: 'open', rate: 400, connections: 16 },
      { ...quick, window: 0.25 },
    );
    const seconds = (performance.now() - started) / 1000;
    // Six standard deviations of a Poisson process, on a busy machine.
    expect(requests).toBeLessThan(400 * seconds + 6 * Math.sqrt(400 * seconds));
    expect(requests).toBeGreaterThan(100 * result.windows * 0.25);
    expect(result.senderDelayMs).toBeGreaterThanOrEqual(0);
  });

  it('counts errors by what was said, and no latency for them', async () => {
    const url = await serve((_request, response) => void response.writeHead(503).end('down'));
    const result = await runLoad(clientOf(url), { kind: 'closed', connections: 2 }, quick);
    expect(result).toMatchObject({ requests: 0, requestsPerSecond: 0, latencyMs: null, stable: false });
    expect(Object.keys(result.errorKinds)).toEqual(['503: down']);
    expect(result.errors).toBeGreaterThan(1);
  });

  it('ends when it is told to', async () => {
    const url = await serve((_request, response) => void response.end());
    const signal = AbortSignal.timeout(50);
    const result = await runLoad(clientOf(url), { kind: 'closed', connections: 1 }, { window: 60, warmup: 0, signal });
    expect(result.requests).toBeGreaterThan(0);
  });
});

describe('numbers to ask about', () => {
  it('have the type and the shape that the server tells', () => {
    const input = makeInput({ name: 'x', dtype: 'DT_FLOAT', shape: [-1, 2, 3] }, 2, undefined);
    expect(input).toMatchObject({ dtype: 'DT_FLOAT', datatype: 'FP32', shape: [2, 2, 3] });
    expect(input.bytes).toHaveLength(48);
    const rows = nested(input.numbers, input.shape) as number[][][];
    expect(rows.map((row) => row.map((line) => line.length))).toEqual([
      [3, 3],
      [3, 3],
    ]);
    expect(rows.flat(2)).toEqual(Array.from(input.numbers));
    expect(makeInput({ name: 'x', dtype: 'UINT8', shape: [-1, -1] }, 1, [5]).shape).toEqual([1, 5]);
    expect(nested(makeInput({ name: 'x', dtype: 'FP32', shape: [] }, 1, undefined).numbers, [])).toEqual(
      expect.any(Number),
    );
    expect(() => makeInput({ name: 'x', dtype: 'DT_STRING', shape: [-1] }, 1, undefined)).toThrow(/DT_STRING/);
    expect(() => makeInput({ name: 'x', dtype: 'DT_FLOAT', shape: [-1, -1] }, 1, undefined)).toThrow(/--shape|shape/);
    expect(() => makeInput({ name: 'x', dtype: 'DT_FLOAT', shape: null }, 1, undefined)).toThrow(/any/);
  });
});
