/** @file Names for models, made from where a dataset comes from. */

const SUFFIX = /\.(zip|tgz|tar\.gz|tar|npz|pkl\.gz|gz|keras|h5|hdf5|onnx)$/i;
const ALLOWED = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

/** Whether the registry accepts this as the name of a model. */
export function isModelName(name: string): boolean {
  return ALLOWED.test(name);
}

/** A dataset's or model file's title, URL or file name as a name for the model: `http://x/Flower photos.tgz` → `flower-photos`. */
export function suggestName(title: string): string {
  if (/^sample:/.test(title)) return title.slice('sample:'.length);
  const last = lastSegment(title).replace(SUFFIX, '');
  const name = last
    .normalize('NFKD')
    .replace(/[\u0300-\u036f]/g, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 60)
    .replace(/^-+|-+$/g, '');
  return name || 'my-model';
}

/** What a dataset is called on the pages: its file name, and not where that lies. */
export function datasetName(title: string): string {
  if (title === 'sample:digits') return 'Sample digits';
  return lastSegment(title) || title;
}

/** The host that a dataset comes from; null when it is from no URL. */
export function datasetPlace(title: string): string | null {
  try {
    return new URL(title).host || null;
  } catch {
    return null;
  }
}

/** The last part of a URL's path or of a file path, decoded. */
export function lastSegment(text: string): string {
  let path = text.trim();
  try {
    const url = new URL(path);
    path = url.pathname === '/' ? url.hostname : url.pathname;
  } catch {
    // A file name, not a URL.
  }
  const last = path.split(/[\\/]/).filter(Boolean).at(-1) ?? '';
  try {
    return decodeURIComponent(last);
  } catch {
    return last;
  }
}

/** Whether the text can be sent as the address of a dataset. */
export function isDatasetUrl(text: string): boolean {
  if (text === 'sample:digits') return true;
  try {
    const { protocol, hostname } = new URL(text);
    return (protocol === 'http:' || protocol === 'https:') && hostname !== '';
  } catch {
    return false;
  }
}
