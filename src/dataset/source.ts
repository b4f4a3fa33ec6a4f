/** @file What a user names as a dataset, read from one string. */

import { statSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { type DatasetSource, PictorError } from '../contracts/index.ts';

/**
 * Reads the name of a dataset: `sample:digits`, an `http(s)` URL, a folder or a file.
 * A path that does not exist yet is taken as a file; `prepareDataset` reports it.
 * @throws dataset_not_found for an empty name or an unknown sample; url_invalid for another scheme or a broken URL.
 */
export function parseDatasetSource(text: string): DatasetSource {
  const name = text.trim();
  if (name === '') throw new PictorError('dataset_not_found', 'The name of the dataset is empty.');
  if (name.startsWith('sample:')) return parseSample(name);
  // One letter before the colon is a Windows drive, not a scheme.
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(name)) return { kind: 'url', url: parseUrl(name).href };
  const absolute = path.resolve(name.startsWith('~/') ? path.join(homedir(), name.slice(2)) : name);
  const found = statSync(absolute, { throwIfNoEntry: false });
  return { kind: found?.isDirectory() ? 'folder' : 'file', path: absolute };
}

function parseSample(name: string): DatasetSource {
  if (name === 'sample:digits') return { kind: 'sample', name: 'digits' };
  throw new PictorError('dataset_not_found', `There is no sample dataset "${name}".`, { fix: 'Use sample:digits.' });
}

/** @throws url_invalid unless it is a whole http or https URL. */
export function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url) throw new PictorError('url_invalid', 'The address cannot be read as a URL.');
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new PictorError('url_invalid', `Only http and https are fetched, not "${url.protocol}//".`);
  }
  if (url.hostname === '') throw new PictorError('url_invalid', 'The URL names no host.');
  return url;
}

/** One line for people. Passwords in URLs are left out. */
export function describeSource(source: DatasetSource): string {
  if (source.kind === 'url') return redactUrl(source.url);
  if (source.kind === 'upload') return source.fileName;
  if (source.kind === 'sample') return `sample:${source.name}`;
  return source.path;
}

/** The source without user name and password, as it may be stored and shown. */
export function redactSource(source: DatasetSource): DatasetSource {
  return source.kind === 'url' ? { kind: 'url', url: redactUrl(source.url) } : source;
}

export function redactUrl(text: string): string {
  if (!URL.canParse(text)) return '(not a URL)';
  const url = new URL(text);
  url.username = '';
  url.password = '';
  return url.href;
}
