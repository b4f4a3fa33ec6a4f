/** @file What keeps pages of other sites out, and what a page of ours may do. */
import { isIP } from 'node:net';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { PictorError } from '../contracts/index.ts';
import { isLoopback, type ServerSettings } from './settings.ts';

/** Everything from this server; scripts from files alone; pictures also from what was just drawn or chosen. */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'self'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "connect-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

const HEADERS = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
} as const;

const READING = new Set(['GET', 'HEAD', 'OPTIONS']);

type OriginSettings = Pick<ServerSettings, 'host' | 'trustedOrigins'>;

/** Adds the headers to every answer, and refuses pages of other sites what they should not change or read. */
export function protect(app: FastifyInstance, settings: OriginSettings): void {
  app.addHook('onRequest', (request, reply, done) => {
    reply.headers(HEADERS);
    if (!READING.has(request.method)) refuseCrossSite(request, settings);
    refuseForeignHost(request, settings);
    done();
  });
}

/** As `protect`, for listeners of the inference protocols: of what they do, only loading and unloading changes anything. */
export function protectServing(app: FastifyInstance, settings: OriginSettings): void {
  app.addHook('onRequest', (request, _reply, done) => {
    refuseForeignHost(request, settings);
    if (/^\/v2\/repository\//.test(request.originalUrl)) refuseCrossSite(request, settings);
    done();
  });
}

/** What nearly every request is for: told without the cost of reading a URL. */
const PLAIN_LOOPBACK = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/;

/**
 * When only this machine is served, a foreign name leads here because somebody made it do so: for a browser, a page under
 * that name and this server are one site, and the page could read everything. Numbers cannot be made to lead elsewhere.
 * @throws `host_refused`
 */
function refuseForeignHost({ headers }: Pick<FastifyRequest, 'headers'>, settings: OriginSettings): void {
  const { host } = headers;
  if (host === undefined || PLAIN_LOOPBACK.test(host) || !isLoopback(settings.host)) return;
  const name = URL.canParse(`http://${host}`) ? new URL(`http://${host}`).hostname : '';
  if (isLoopback(name) || isIP(name.replace(/^\[|\]$/g, '')) !== 0) return;
  if (settings.trustedOrigins.some((origin) => new URL(origin).hostname === name)) return;
  throw new PictorError(
    'host_refused',
    `The request is for ${JSON.stringify(host.slice(0, 200))}, but this server is for this machine alone.`,
  );
}

export const SECURITY_HEADERS: Readonly<Record<string, string>> = HEADERS;

/**
 * A browser says where a page is from; programs send no such headers and pass.
 * @throws `cross_site_refused`
 */
function refuseCrossSite(request: Pick<FastifyRequest, 'headers'>, settings: OriginSettings): void {
  const { origin, host } = request.headers;
  const site = request.headers['sec-fetch-site'];
  if (origin !== undefined && settings.trustedOrigins.includes(origin)) return;
  if (origin !== undefined && !isOwn(origin, host, settings)) throw crossSite(`the page ${origin.slice(0, 200)}`);
  // Some requests of old pages carry no origin; browsers mark them none the less.
  if (origin === undefined && (site === 'cross-site' || site === 'same-site'))
    throw crossSite('a page of another site');
}

function isOwn(origin: string, host: string | undefined, settings: OriginSettings): boolean {
  if (host === undefined || !URL.canParse(origin)) return false;
  const page = new URL(origin);
  const own = `${page.protocol}//${host}`;
  if (!URL.canParse(own) || page.host !== new URL(own).host) return false;
  // A foreign name may be made to point to this machine: when only this machine is served, the name must say so.
  return !isLoopback(settings.host) || isLoopback(page.hostname);
}

function crossSite(who: string): PictorError {
  return new PictorError('cross_site_refused', `A request from ${who} may not change anything here.`);
}
