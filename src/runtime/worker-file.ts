/** @file Where the code of a worker thread is. */

/**
 * URL of a worker's file, given without its suffix.
 * Worker threads run built files also when the caller runs from sources, because Node 20 cannot load TypeScript.
 */
export function workerFile(relative: string, base: string): URL {
  const url = new URL(relative, base);
  if (!base.endsWith('.ts')) return new URL(`${url.href}.js`);
  return new URL(`${url.href.replace('/src/', '/dist/')}.js`);
}
