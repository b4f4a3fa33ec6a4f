/** @file Which model, version and call a path of TensorFlow Serving's REST interface means. */
import { invalidArgument } from './status.ts';

/** Matched against path and query together, as the reference does: `?x=y` makes a POST malformed. */
const POST_PATH =
  /^\/v1\/models\/([^/:]+)(?:(?:\/versions\/(\d+))|(?:\/labels\/([^/:]+)))?:(classify|regress|predict)$/is;
const GET_PATH = /^\/v1\/models(?:\/([^/:]+))?(?:(?:\/versions\/(\d+))|(?:\/labels\/([^/:]+)))?(?:\/(metadata))?$/is;
const MAX_INT64 = 2n ** 63n - 1n;

export const CALLS = ['predict', 'classify', 'regress', 'status', 'metadata'] as const;
export type Call = (typeof CALLS)[number];

export interface Target {
  readonly call: Call;
  readonly model: string;
  readonly version: bigint | null;
  readonly label: string | null;
}

/** @throws TfServingError with the reference's texts */
export function parsePath(method: string, path: string): Target {
  const malformed = () => invalidArgument(`Malformed request: ${method} ${path}`);
  const match = method === 'POST' ? POST_PATH.exec(path) : method === 'GET' ? GET_PATH.exec(path) : null;
  if (!match) throw malformed();
  const [, name, versionText, labelText, last] = match;
  let call: Call;
  if (method === 'GET') call = last === undefined ? 'status' : 'metadata';
  // The pattern ignores case, the comparison after it does not.
  else if (last === 'predict' || last === 'classify' || last === 'regress') call = last;
  else throw malformed();
  if (name === undefined) throw invalidArgument('Missing model name in request.');
  const label = labelText === undefined ? null : percentDecoded(labelText);
  return { call, model: percentDecoded(name), version: versionNumber(versionText), label };
}

function versionNumber(text: string | undefined): bigint | null {
  if (text === undefined) return null;
  const version = BigInt(text);
  if (version > MAX_INT64) throw invalidArgument(`Failed to convert version: ${text} to numeric.`);
  return version;
}

/** As curl does it: what is no escape stays as it is. */
function percentDecoded(text: string): string {
  if (!text.includes('%')) return text;
  const bytes = text.replace(/%([0-9a-f]{2})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
