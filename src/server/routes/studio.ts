/** @file The studio: built files, and its page for every address under /studio. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { PictorError } from '../../contracts/index.ts';
import { sendNotFound } from '../errors.ts';

/** Next to the built server; the same place seen from the sources. */
export const STUDIO_DIRECTORY = fileURLToPath(new URL('../../../dist/studio', import.meta.url));

/** File names with a hash of their content never mean anything else. */
const IMMUTABLE = /[.-][A-Za-z0-9_-]{8,}\.(js|css|woff2|svg|png)$/;
const YEAR_SECONDS = 365 * 24 * 60 * 60;

export async function studioRoutes(app: FastifyInstance, { directory }: { readonly directory: string }): Promise<void> {
  const hide = { schema: { hide: true } };
  const page = (reply: FastifyReply) => {
    if (!existsSync(path.join(directory, 'index.html'))) {
      throw new PictorError('not_found', 'The studio is not built.', {
        fix: 'Run npm run build. The API works without it.',
      });
    }
    return reply.header('cache-control', 'no-cache').sendFile('index.html');
  };
  await app.register(fastifyStatic, {
    root: directory,
    serve: false,
    index: false,
    dotfiles: 'ignore',
    cacheControl: false,
  });
  app.get('/', hide, (_request, reply) => page(reply));
  app.get('/studio', hide, (_request, reply) => page(reply));
  app.get<{ Params: { '*': string } }>('/studio/*', hide, (request, reply) => {
    const file = request.params['*'];
    // Everything else is an address inside the page: names of models have dots, too.
    return file.startsWith('assets/') ? asset(reply, file) : page(reply);
  });
  app.get<{ Params: { '*': string } }>('/assets/*', hide, (request, reply) =>
    asset(reply, `assets/${request.params['*']}`),
  );
  app.get<{ Params: { file: string } }>('/:file', hide, (request, reply) => {
    if (/\.(svg|ico|png|webmanifest|txt)$/.test(request.params.file)) return asset(reply, request.params.file);
    sendNotFound(request, reply);
    return reply;
  });

  function asset(reply: FastifyReply, file: string): FastifyReply {
    const age = IMMUTABLE.test(file) ? `public, max-age=${YEAR_SECONDS}, immutable` : 'no-cache';
    return reply.header('cache-control', age).sendFile(file);
  }
}
