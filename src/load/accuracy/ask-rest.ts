/** @file Asks TensorFlow Serving's REST interface for the scores of pictures. */
import { PictorError } from '../../contracts/index.ts';
import { modelPath, type RemoteModel, type RemoteSignature } from './remote-model.ts';
import type { Ask } from './ways.ts';

const TIMEOUT_MS = 60_000;

type Row = readonly number[] | Readonly<Record<string, unknown>>;

export function restTensors(model: RemoteModel, signature: RemoteSignature, shape: readonly number[]): Ask {
  return async ({ pixels, count }) => {
    const rowLength = pixels.length / count;
    const instances = Array.from({ length: count }, (_, row) =>
      nested(pixels.subarray(row * rowLength, (row + 1) * rowLength), shape),
    );
    return predictions(model, signature, instances);
  };
}

export function restBytes(model: RemoteModel, signature: RemoteSignature): Ask {
  return async ({ files }) =>
    predictions(
      model,
      signature,
      (await files()).map((file) => ({ b64: Buffer.from(file).toString('base64') })),
    );
}

async function predictions(
  model: RemoteModel,
  { signature, output, outputs }: RemoteSignature,
  instances: readonly unknown[],
): Promise<readonly (readonly number[])[]> {
  const address = new URL(`${modelPath(model)}:predict`, model.url);
  const body = JSON.stringify({ signature_name: signature, instances });
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  let response: Response;
  try {
    response = await fetch(address, { method: 'POST', body, signal });
  } catch (cause) {
    throw new PictorError('url_unreachable', `${address.host} does not answer any more.`, { cause });
  }
  const text = await response.text();
  if (!response.ok) {
    throw new PictorError('url_status', `${address} answered ${response.status}: ${text.trim().slice(0, 300)}`);
  }
  const rows = (JSON.parse(text) as { readonly predictions?: readonly Row[] }).predictions;
  if (rows?.length !== instances.length) {
    throw new PictorError('url_status', `${address} gave ${rows?.length ?? 'no'} predictions for ${instances.length}.`);
  }
  return rows.map((row) => (outputs === 1 ? row : (row as Record<string, unknown>)[output]) as readonly number[]);
}

function nested(numbers: Float32Array, shape: readonly number[]): unknown {
  if (shape.length <= 1) return Array.from(numbers);
  const [count, ...inner] = shape;
  const length = numbers.length / count;
  return Array.from({ length: count }, (_, at) => nested(numbers.subarray(at * length, (at + 1) * length), inner));
}
