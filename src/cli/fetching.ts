/** @file Which addresses datasets may be fetched from, and how much: options, then the environment that the server reads, too. */
import { PictorError } from '../contracts/index.ts';
import type { DatasetLimits, UrlPolicy } from '../dataset/index.ts';

export interface FetchOptions {
  readonly allowPrivateUrls?: boolean;
}

/**
 * A URL that was typed here may lead to this machine, but no further into the network that it is in.
 * @throws `invalid_setting` for a variable that cannot be read
 */
export function localFetching(
  { allowPrivateUrls }: FetchOptions,
  environment: NodeJS.ProcessEnv = process.env,
): { readonly urls: UrlPolicy; readonly limits: Partial<DatasetLimits> } {
  const allowPrivate = allowPrivateUrls ?? readFlag('PICTOR_ALLOW_PRIVATE_URLS', environment);
  return { urls: { allowLoopback: true, allowPrivate }, limits: datasetLimits(environment) };
}

/** @throws `invalid_setting` */
function datasetLimits(environment: NodeJS.ProcessEnv = process.env): Partial<DatasetLimits> {
  const text = environment.PICTOR_MAX_DOWNLOAD_BYTES?.trim();
  if (!text) return {};
  if (/^[1-9]\d{0,15}$/.test(text)) return { maxDownloadBytes: Number(text) };
  throw invalid('PICTOR_MAX_DOWNLOAD_BYTES', text, 'a whole number from 1');
}

function readFlag(variable: string, environment: NodeJS.ProcessEnv): boolean {
  const text = environment[variable]?.trim() ?? '';
  if (/^(1|true|yes|on)$/i.test(text)) return true;
  if (/^(|0|false|no|off)$/i.test(text)) return false;
  throw invalid(variable, text, 'true or false');
}

function invalid(variable: string, text: string, expected: string): PictorError {
  const message = `The environment variable ${variable} is ${JSON.stringify(text.slice(0, 100))}; expected ${expected}.`;
  return new PictorError('invalid_setting', message, { details: { setting: variable } });
}
