/** @file The pages and their addresses. */

export type Route =
  | { readonly page: 'start' }
  | { readonly page: 'dataset'; readonly id: string }
  | { readonly page: 'runs' }
  | { readonly page: 'run'; readonly id: string }
  | { readonly page: 'models' }
  | { readonly page: 'model'; readonly name: string; readonly version: number | null }
  | { readonly page: 'try'; readonly name: string | null; readonly version: number | null }
  | { readonly page: 'api' }
  | { readonly page: 'missing'; readonly path: string };

/** Which page an address is. Trailing slashes do not matter. */
export function parseRoute(path: string): Route {
  const parts = segments(path);
  if (!parts) return { page: 'missing', path };
  const [root, section, first, second, ...rest] = parts;
  if (root === undefined) return { page: 'start' };
  if (root !== 'studio' || rest.length > 0) return { page: 'missing', path };
  if (section === undefined) return { page: 'start' };
  const version = versionNumber(second);
  if (version === undefined) return { page: 'missing', path };
  if (section === 'models' || section === 'try') {
    if (section === 'models' && first === undefined) return { page: 'models' };
    if (section === 'models') return { page: 'model', name: first, version };
    return { page: 'try', name: first ?? null, version };
  }
  if (second !== undefined) return { page: 'missing', path };
  if (section === 'datasets') return first === undefined ? { page: 'start' } : { page: 'dataset', id: first };
  if (section === 'runs') return first === undefined ? { page: 'runs' } : { page: 'run', id: first };
  if (section === 'api' && first === undefined) return { page: 'api' };
  return { page: 'missing', path };
}

function segments(path: string): string[] | null {
  try {
    return path.split('/').filter(Boolean).map(decodeURIComponent);
  } catch {
    return null;
  }
}

/** Null when there is none, undefined when it is no version. */
function versionNumber(text: string | undefined): number | null | undefined {
  if (text === undefined) return null;
  return /^[1-9]\d{0,9}$/.test(text) ? Number(text) : undefined;
}

/** Addresses of pages, with every part encoded. */
export const pageAddress = {
  start: () => '/',
  dataset: (id: string) => `/studio/datasets/${encodeURIComponent(id)}`,
  runs: () => '/studio/runs',
  run: (id: string) => `/studio/runs/${encodeURIComponent(id)}`,
  models: () => '/studio/models',
  model: (name: string, version?: number | null) => withVersion('/studio/models', name, version),
  try: (name?: string | null, version?: number | null) =>
    name ? withVersion('/studio/try', name, version) : '/studio/try',
  api: () => '/studio/api',
} as const;

function withVersion(base: string, name: string, version: number | null | undefined): string {
  return `${base}/${encodeURIComponent(name)}${version ? `/${version}` : ''}`;
}
