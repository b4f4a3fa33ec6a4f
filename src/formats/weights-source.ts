/** @file What a user names as first weights, read from one string. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { PictorError, type WeightsSource } from '../contracts/index.ts';
import { redactUrl } from '../dataset/index.ts';

/**
 * Reads `imagenet`, an http(s) URL, a file, or `NAME[:VERSION]` of a published model.
 * @param options.local false refuses files: over HTTP nobody may name a path of the server's machine
 * @throws `url_invalid`; `local_source_refused` for a file that may not be read; `training_option_invalid`
 */
export function parseWeightsSource(text: string, { local }: { readonly local: boolean }): WeightsSource {
  const name = text.trim();
  if (name === '') throw unreadable(text);
  if (name === 'imagenet') return { kind: 'published' };
  if (/^https?:\/\//i.test(name)) {
    if (!URL.canParse(name))
      throw new PictorError('url_invalid', 'The address of the weights cannot be read as a URL.');
    return { kind: 'url', url: new URL(name).href };
  }
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(name)) {
    throw new PictorError('url_invalid', `Only http and https are fetched, not "${name.split(':')[0]}://".`);
  }
  // Names of models may have dots, too, so what looks like a file is one.
  const isFile = /[\\/]|^~/.test(name) || /\.(h5|hdf5|keras|safetensors)$/i.test(name) || (local && existsSync(name));
  if (isFile && !local) {
    throw new PictorError(
      'local_source_refused',
      `${JSON.stringify(name.slice(0, 200))} is a file; files on the server's machine are not read on request.`,
      {
        fix: 'Give an http(s) URL, imagenet or the name of a model, or use the command line for files on this machine.',
      },
    );
  }
  if (isFile) return { kind: 'file', path: path.resolve(name) };
  const match = /^([^:]+)(?::(\d{1,15}))?$/.exec(name);
  if (!match) throw unreadable(text);
  return { kind: 'model', name: match[1], ...(match[2] === undefined ? {} : { version: Number(match[2]) }) };
}

/** One line for people. Passwords in URLs are left out. */
export function describeWeightsSource(source: WeightsSource): string {
  if (source.kind === 'url') return redactUrl(source.url);
  if (source.kind === 'file') return path.basename(source.path);
  if (source.kind === 'published') return 'imagenet';
  return source.version === undefined ? source.name : `${source.name}:${source.version}`;
}

/** The source without user name and password, as it may be stored and shown. */
export function redactWeightsSource(source: WeightsSource): WeightsSource {
  return source.kind === 'url' ? { kind: 'url', url: redactUrl(source.url) } : source;
}

function unreadable(text: string): PictorError {
  return new PictorError(
    'training_option_invalid',
    `weights is ${JSON.stringify(text.slice(0, 200))}; expected imagenet, an http(s) URL, a file, or NAME[:VERSION] of a model.`,
    { details: { option: 'weights' } },
  );
}
