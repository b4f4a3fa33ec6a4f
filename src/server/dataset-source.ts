/** @file Which datasets may be named over HTTP: URLs, samples, and what was uploaded. Never a path on this machine. */
import { type DatasetSource, PictorError } from '../contracts/index.ts';
import { parseDatasetSource } from '../dataset/index.ts';
import type { DatasetService } from '../jobs/index.ts';

/**
 * @param text an http(s) URL or `sample:digits`
 * @throws `local_source_refused` for a path, `url_invalid`, `dataset_not_found`
 */
export function parseRemoteSource(text: string): DatasetSource {
  const name = text.trim();
  if (name.startsWith('sample:') || /^[a-z][a-z0-9+.-]+:/i.test(name)) {
    const source = parseDatasetSource(name);
    if (source.kind === 'url' || source.kind === 'sample') return source;
  }
  throw new PictorError(
    'local_source_refused',
    `${JSON.stringify(name.slice(0, 200))} is no URL and no sample; files on the server's machine are not read on request.`,
  );
}

/**
 * @param text as `parseRemoteSource`, or the id of a dataset that was sent before
 * @throws as `parseRemoteSource`, and `dataset_not_found`
 */
export async function resolveSource(text: string, datasets: Pick<DatasetService, 'get'>): Promise<DatasetSource> {
  const name = text.trim();
  if (!/^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/.test(name)) return parseRemoteSource(name);
  const { source, state, error } = await datasets.get(name);
  if (state !== 'failed' || !error) return source;
  throw new PictorError('invalid_request', `The dataset ${name} cannot be used: ${error.message}`, { fix: error.fix });
}
