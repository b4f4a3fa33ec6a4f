/** @file Opens a listener, and closes it without cutting anybody off. */
import type { FastifyInstance } from 'fastify';
import { PictorError } from '../contracts/index.ts';
import type { Predictor } from '../serving/index.ts';
import type { Logger } from './logger.ts';

/** Requests that are running may take this long when the server closes. */
export const DRAIN_MS = 10_000;
const SWEEP_MS = 20;
const CLOSE_MS = 2_000;

export interface ListenOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Name of the port's flag, for messages. */
  readonly flag: string;
  readonly scheme: 'http' | 'https';
}

/**
 * @returns address that a browser on this machine can open
 * @throws `port_in_use`, `not_permitted`, `invalid_setting`
 */
export async function listen(app: FastifyInstance, { host, port, flag, scheme }: ListenOptions): Promise<string> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const place = `Port ${port} on ${host}`;
    if (code === 'EADDRINUSE') {
      throw new PictorError('port_in_use', `${place} is in use by another program (${flag}).`, {
        fix: `Stop the program that holds the port, or choose another one with ${flag}.`,
        details: { host, port, flag },
        cause: error,
      });
    }
    if (code === 'EACCES') {
      throw new PictorError('not_permitted', `${place} may not be opened by this user (${flag}).`, {
        fix: `Choose a port from 1024 up with ${flag}.`,
        cause: error,
      });
    }
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
      throw new PictorError('invalid_setting', `This machine has no address ${host} (--host).`, { cause: error });
    }
    throw error;
  }
  const address = app.server.address();
  const actual = typeof address === 'object' && address ? address.port : port;
  return `${scheme}://${shownHost(host)}:${actual}`;
}

/** No new connections; running requests may finish, but not for ever. */
export async function closeListener(app: FastifyInstance): Promise<void> {
  const force = setTimeout(() => app.server.closeAllConnections(), DRAIN_MS);
  // A connection that was busy when the closing began is kept alive by its client once it is idle.
  const sweep = setInterval(() => app.server.closeIdleConnections(), SWEEP_MS);
  await app.close();
  clearTimeout(force);
  clearInterval(sweep);
}

/**
 * Frees the models once the listeners are closed. Whose graph still runs then has nobody who waits for its answer, and one that
 * never ends must not keep the process.
 */
export async function closePredictor(predictor: Predictor, log: Logger, waitMs = CLOSE_MS): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const waited = new Promise<void>((resolve) => {
    timer = setTimeout(() => {
      log.warn('A model still computes what nobody waits for any more; it is left.');
      resolve();
    }, waitMs);
  });
  await Promise.race([predictor.close(), waited]);
  clearTimeout(timer);
}

function shownHost(host: string): string {
  if (host === '0.0.0.0' || host === '::' || host === '127.0.0.1' || host === '::1') return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}
