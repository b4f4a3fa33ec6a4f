/** @file Asks a server once what its model takes. */
import { PictorError } from '../contracts/index.ts';

/** The JSON of an answer. @throws `url_unreachable`, `url_status` with what the server said */
export async function askJson<T>(url: URL, path: string, timeoutMs: number): Promise<T> {
  const address = new URL(path, url);
  let response: Response;
  try {
    response = await fetch(address, { signal: AbortSignal.timeout(timeoutMs) });
  } catch (cause) {
    const { code } = ((cause as Error).cause ?? {}) as { readonly code?: string };
    throw new PictorError('url_unreachable', `${url.host} does not answer${code ? ` (${code})` : ''}.`, { cause });
  }
  const text = await response.text();
  if (!response.ok) {
    const said = text.replace(/\s+/g, ' ').trim().slice(0, 300);
    throw new PictorError('url_status', `${address} answered ${response.status}: ${said}`, {
      fix: 'Check the address, the name of the model and the protocol.',
    });
  }
  try {
    return JSON.parse(text) as T;
  } catch (cause) {
    throw new PictorError('url_status', `${address} gave no JSON.`, { cause });
  }
}

/** @throws `url_invalid` */
export function httpUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url && (url.protocol === 'http:' || url.protocol === 'https:')) return url;
  throw new PictorError('url_invalid', `${JSON.stringify(text.slice(0, 200))} is no address of an HTTP server.`, {
    fix: 'Give an address such as http://localhost:8501.',
  });
}
