import dns from 'node:dns';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import net from 'node:net';
import path from 'node:path';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { classTree, temporaryFolder, tgzOf, zipOf } from './testing/files.ts';
import { failure, leftovers, prepare } from './testing/prepare.ts';
import type { PrepareOptions, PrepareProgress } from './types.ts';

const LOCAL: Partial<PrepareOptions> = { urls: { allowLoopback: true, allowPrivate: false } };

/** A web server on a free port, for one test. Returns its address without a slash. */
async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe('a dataset URL', () => {
  it('is fetched, with progress, and cached by content', async () => {
    const archive = await tgzOf(classTree(['a', 'b'], 6));
    let requests = 0;
    const url = await serve((_, response) => {
      requests += 1;
      response.setHeader('content-length', archive.length);
      response.end(archive);
    });
    const cacheDirectory = path.join(temporaryFolder(), 'cache');
    const seen: PrepareProgress[] = [];
    const first = await prepare(`${url}/pets.tgz`, { ...LOCAL, cacheDirectory, onProgress: (each) => seen.push(each) });
    expect(first.manifest.source).toEqual({ kind: 'url', url: `${url}/pets.tgz` });
    expect(seen.filter(({ phase }) => phase === 'fetching').at(-1)).toEqual({
      phase: 'fetching',
      done: archive.length,
      total: archive.length,
    });
    expect(seen.at(-1)).toEqual({ phase: 'preparing', done: 12, total: 12 });
    const again: PrepareProgress[] = [];
    const second = await prepare(`${url}/other-name.tgz`, {
      ...LOCAL,
      cacheDirectory,
      onProgress: (each) => again.push(each),
    });
    expect(second.directory).toBe(first.directory);
    expect(again.some(({ phase }) => phase === 'preparing')).toBe(false);
    expect(requests).toBe(2);
    expect(leftovers(cacheDirectory)).toEqual([]);
  });

  it('may come without a length, and with a password that is never shown', async () => {
    const archive = zipOf(classTree(['a', 'b'], 3));
    let authorization: string | undefined;
    const url = await serve((request, response) => {
      authorization = request.headers.authorization;
      response.write(archive.subarray(0, 100));
      response.end(archive.subarray(100));
    });
    const seen: PrepareProgress[] = [];
    const secret = url.replace('http://', 'http://me:topsecret@');
    const { manifest } = await prepare(secret, { ...LOCAL, onProgress: (each) => seen.push(each) });
    expect(authorization).toBe(`Basic ${Buffer.from('me:topsecret').toString('base64')}`);
    expect(JSON.stringify(manifest)).not.toContain('topsecret');
    expect(seen[0]).toEqual({ phase: 'fetching', done: 0, total: null });
    const error = await failure(prepare(secret.replace(/:\d+$/, ':1'), LOCAL));
    expect(JSON.stringify([error.message, error.details, error.fix])).not.toContain('topsecret');
  });

  it('follows up to five redirects', async () => {
    const archive = await tgzOf(classTree(['a', 'b'], 3));
    const url = await serve((request, response) => {
      const step = Number(request.url?.slice(1));
      if (step === 0) response.end(archive);
      else
        response
          .writeHead(step % 2 ? 302 : 307, { location: step === 3 ? `${url}/${step - 1}` : `/${step - 1}` })
          .end();
    });
    expect((await prepare(`${url}/5`, LOCAL)).manifest.classes).toEqual(['a', 'b']);
    expect((await failure(prepare(`${url}/6`, LOCAL))).code).toBe('url_redirects');
  });

  it('in a redirect loop is an error', async () => {
    const url = await serve((_, response) => response.writeHead(301, { location: '/again' }).end());
    expect((await failure(prepare(url, LOCAL))).code).toBe('url_redirects');
  });

  it.each([404, 403, 500])('that answers %i is an error that says so', async (status) => {
    const url = await serve((_, response) => response.writeHead(status).end('<html>sorry'));
    const error = await failure(prepare(`${url}/x.tgz`, LOCAL));
    expect(error).toMatchObject({ code: 'url_status', details: { status } });
    expect(error.message).toContain(String(status));
  });

  it('of a web page is an error', async () => {
    const url = await serve((_, response) => response.end('<!DOCTYPE html><html>Download here</html>'));
    expect((await failure(prepare(url, LOCAL))).code).toBe('archive_is_web_page');
  });

  it('that nobody answers is an error', async () => {
    const server = net.createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const error = await failure(prepare(`http://127.0.0.1:${port}/x.zip`, LOCAL));
    expect(error.code).toBe('url_unreachable');
    expect(error.message).toContain('refuses');
  });

  it('whose host is not known is an error', async () => {
    mockLookup(Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' }));
    const error = await failure(prepare('http://nowhere.invalid/x.zip'));
    expect(error.code).toBe('url_unreachable');
    expect(error.message).toContain('host name');
  });

  it('that ends early is an error and leaves nothing behind', async () => {
    const cacheDirectory = path.join(temporaryFolder(), 'cache');
    const url = await serve((_, response) => {
      response.setHeader('content-length', 10_000);
      response.write('PK');
      setImmediate(() => response.destroy());
    });
    expect((await failure(prepare(url, { ...LOCAL, cacheDirectory }))).code).toBe('url_unreachable');
    expect(leftovers(cacheDirectory)).toEqual([]);
  });

  it('that stalls is an error, before and after its first byte', async () => {
    const limits = { idleTimeoutMs: 80 };
    const silent = await serve(() => undefined);
    expect((await failure(prepare(silent, { ...LOCAL, limits }))).code).toBe('url_timeout');
    const stalling = await serve((_, response) => {
      response.setHeader('content-length', 10_000);
      response.write('PK');
    });
    expect((await failure(prepare(stalling, { ...LOCAL, limits }))).code).toBe('url_timeout');
  });

  it('that drips is an error, in its head and in its body', async () => {
    const limits = { idleTimeoutMs: 150, minBytesPerSecond: 1000 };
    const drip = (write: () => void, until: { on(event: 'close', listener: () => void): unknown }) => {
      const timer = setInterval(write, 20);
      until.on('close', () => clearInterval(timer));
    };
    const body = await serve((_, response) => drip(() => response.write('x'), response));
    const slow = await failure(prepare(body, { ...LOCAL, limits }));
    expect(slow).toMatchObject({ code: 'url_timeout', message: expect.stringContaining('1000 bytes a second') });
    const head = await serve(({ socket }) => {
      socket.write('HTTP/1.1 200 OK\r\n');
      drip(() => socket.write('x-drip: 1\r\n'), socket);
    });
    const unanswered = await failure(prepare(head, { ...LOCAL, limits }));
    expect(unanswered).toMatchObject({ code: 'url_timeout', message: expect.stringContaining('did not answer') });
  });

  it('whose status line holds commands for a terminal is told without them', async () => {
    const url = await serve(({ socket }) =>
      socket.end('HTTP/1.1 404 \x1b[31mNot\x07 Found\x9b2J\r\ncontent-length: 0\r\n\r\n', 'latin1'),
    );
    const { message } = await failure(prepare(url, LOCAL));
    expect(message).toBe(`The server answered 404 [31mNot Found2J for ${url}/.`);
  });

  it('whose server never finishes the connection is an error', async () => {
    const sockets = new Set<net.Socket>();
    const server = net.createServer((socket) => sockets.add(socket));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    const { port } = server.address() as AddressInfo;
    const limits = { connectTimeoutMs: 80 };
    expect((await failure(prepare(`https://127.0.0.1:${port}/x.zip`, { ...LOCAL, limits }))).code).toBe('url_timeout');
  });

  it('that is too long is an error, declared or not', async () => {
    const limits = { maxDownloadBytes: 1000 };
    const declared = await serve((_, response) => {
      response.setHeader('content-length', 1001);
      response.end(Buffer.alloc(1001));
    });
    expect((await failure(prepare(declared, { ...LOCAL, limits }))).code).toBe('download_too_large');
    const undeclared = await serve((_, response) => {
      response.write(Buffer.alloc(900));
      response.end(Buffer.alloc(900));
    });
    expect((await failure(prepare(undeclared, { ...LOCAL, limits }))).code).toBe('download_too_large');
  });

  it('stops when aborted, with the reason', async () => {
    const cacheDirectory = path.join(temporaryFolder(), 'cache');
    const url = await serve((_, response) => {
      response.setHeader('content-length', 10_000);
      response.write('PK');
    });
    const abort = new AbortController();
    const onProgress = ({ done }: PrepareProgress) => {
      if (done >= 0) abort.abort(new Error('enough'));
    };
    const work = prepare(url, { ...LOCAL, cacheDirectory, signal: abort.signal, onProgress });
    await expect(work).rejects.toThrow('enough');
    expect(leftovers(cacheDirectory)).toEqual([]);
  });
});

describe('a forbidden address', () => {
  const forms = [
    '127.0.0.1',
    'localhost',
    '2130706433',
    '0x7f.1',
    '0177.0.0.1',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '0.0.0.0',
  ];

  it.each(forms)('is refused as http://%s', async (host) => {
    let requests = 0;
    const url = await serve((_, response) => {
      requests += 1;
      response.end();
    });
    const { port } = new URL(url);
    const error = await failure(prepare(`http://${host}:${port}/x.zip`));
    expect(error).toMatchObject({ code: 'url_private', status: 403 });
    expect(requests).toBe(0);
  });

  it.each(['10.0.0.1', '192.168.0.1', '169.254.169.254', '[fd00:ec2::254]', '[fe80::1]'])(
    'is refused as http://%s also for those who may use loopback',
    async (host) => {
      expect((await failure(prepare(`http://${host}/latest/meta-data`, LOCAL))).code).toBe('url_private');
    },
  );

  it('is refused when a name resolves to it, and nothing is connected', async () => {
    for (const addresses of [
      [{ address: '169.254.169.254', family: 4 }],
      [
        { address: '93.184.216.34', family: 4 },
        { address: '10.0.0.7', family: 4 },
      ],
    ]) {
      mockLookup(null, addresses);
      const connect = vi.spyOn(net.Socket.prototype, 'connect');
      const error = await failure(prepare('http://rebound.example/x.zip', LOCAL));
      expect(error).toMatchObject({ code: 'url_private', details: { host: 'rebound.example' } });
      for (const [target] of connect.mock.calls) expect(JSON.stringify(target)).not.toMatch(/169\.254|10\.0\.0\.7"/);
      vi.restoreAllMocks();
    }
  });

  it('is refused as the target of a redirect', async () => {
    for (const location of ['http://169.254.169.254/latest', 'http://[::ffff:10.0.0.1]/', 'http://0xa.0.0.1/']) {
      const url = await serve((_, response) => response.writeHead(302, { location }).end());
      expect((await failure(prepare(url, LOCAL))).code).toBe('url_private');
    }
  });

  it('of another kind than http is refused, also in a redirect', async () => {
    for (const location of ['file:///etc/passwd', 'ftp://example.com/x.zip', 'gopher://127.0.0.1/']) {
      const url = await serve((_, response) => response.writeHead(302, { location }).end());
      expect((await failure(prepare(url, LOCAL))).code).toBe('url_invalid');
      await expect(async () => prepare(location)).rejects.toMatchObject({ code: 'url_invalid' });
    }
  });
});

function mockLookup(error: Error | null, addresses: { address: string; family: number }[] = []): void {
  const lookup = (_: string, __: unknown, callback: (error: Error | null, addresses: unknown) => void) =>
    callback(error, addresses);
  vi.spyOn(dns, 'lookup').mockImplementation(lookup as typeof dns.lookup);
}
