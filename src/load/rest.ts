/** @file TensorFlow Serving's REST interface: rows of numbers as JSON, and pictures as base64. */
import { PictorError } from '../contracts/index.ts';
import { encodePng } from '../dataset/index.ts';
import { askJson, httpUrl } from './ask.ts';
import { HttpConnection, httpRequest } from './http-connection.ts';
import { makeInput, nested } from './tensors.ts';
import type { LoadClient, LoadTarget } from './types.ts';

const TIMEOUT_MS = 30_000;

interface Metadata {
  readonly metadata?: {
    readonly signature_def?: { readonly signature_def?: Readonly<Record<string, SignatureDef>> };
  };
}
interface SignatureDef {
  readonly inputs?: Readonly<Record<string, { readonly dtype: string; readonly tensor_shape?: TensorShape }>>;
}
interface TensorShape {
  readonly dim?: readonly { readonly size: string }[];
  readonly unknown_rank?: boolean;
}

/** @throws as `askJson`, `makeInput`; `invalid_request` when there is no such signature */
export async function restClient(target: LoadTarget): Promise<LoadClient> {
  const signature = target.signature ?? 'serving_default';
  const inputs = await inputsOf(target, signature);
  const rows = inputs.map((input) => {
    const tensor = makeInput(input, target.batch ?? 1, target.shape);
    return { name: tensor.name, rows: nested(tensor.numbers, tensor.shape) as readonly unknown[] };
  });
  const [first] = rows;
  const instances =
    rows.length === 1
      ? first.rows
      : first.rows.map((_, index) => Object.fromEntries(rows.map((input) => [input.name, input.rows[index]])));
  return predictClient(target, { ...signatureField(target.signature), instances });
}

/** @throws as `restClient` */
export async function bytesClient(target: LoadTarget): Promise<LoadClient> {
  const picture = target.picture ?? (await samplePicture());
  const b64 = Buffer.from(picture).toString('base64');
  const instances = Array.from({ length: target.batch ?? 1 }, () => ({ b64 }));
  return predictClient(target, { ...signatureField(target.signature ?? 'serving_bytes'), instances });
}

/** Of the size of MNIST's, so that decoding is a part of what is measured, but a small one. */
async function samplePicture(): Promise<Uint8Array> {
  const { numbers } = makeInput({ name: 'picture', dtype: 'DT_UINT8', shape: [-1, 28, 28, 1] }, 1, undefined);
  return encodePng(Uint8Array.from(numbers), { height: 28, width: 28, channels: 1 });
}

function signatureField(name: string | undefined) {
  return name === undefined ? {} : { signature_name: name };
}

function predictClient(target: LoadTarget, body: unknown): LoadClient {
  const url = httpUrl(target.url);
  const bytes = Buffer.from(JSON.stringify(body));
  const request = httpRequest(
    url,
    'POST',
    `${modelPath(target)}:predict`,
    { 'content-type': 'application/json' },
    bytes,
  );
  return {
    requestBytes: request.length,
    async open() {
      const connection = new HttpConnection(url, request, target.timeoutMs ?? TIMEOUT_MS);
      await connection.connect();
      return connection;
    },
  };
}

async function inputsOf(target: LoadTarget, signature: string) {
  const url = httpUrl(target.url);
  const answer = await askJson<Metadata>(url, `${modelPath(target)}/metadata`, target.timeoutMs ?? TIMEOUT_MS);
  const signatures = answer.metadata?.signature_def?.signature_def ?? {};
  const found = signatures[signature];
  if (!found?.inputs) {
    throw new PictorError('invalid_request', `Model "${target.model}" has no signature "${signature}".`, {
      fix: `Choose one with --signature: ${Object.keys(signatures).join(', ')}.`,
    });
  }
  return Object.entries(found.inputs).map(([name, { dtype, tensor_shape }]) => ({
    name,
    dtype,
    shape: tensor_shape?.unknown_rank ? null : (tensor_shape?.dim ?? []).map(({ size }) => Number(size)),
  }));
}

function modelPath({ model, version }: LoadTarget): string {
  return `/v1/models/${model}${version === undefined ? '' : `/versions/${version}`}`;
}
