/** @file The Open Inference Protocol over HTTP, with tensors as bytes behind the JSON. */
import { askJson, httpUrl } from './ask.ts';
import { HttpConnection, httpRequest } from './http-connection.ts';
import { makeInput } from './tensors.ts';
import type { LoadClient, LoadTarget } from './types.ts';

const TIMEOUT_MS = 30_000;

interface ModelMetadata {
  readonly inputs: readonly { readonly name: string; readonly datatype: string; readonly shape: readonly number[] }[];
}

/** @throws as `askJson`, `makeInput` */
export async function openInferenceClient(target: LoadTarget): Promise<LoadClient> {
  const url = httpUrl(target.url);
  const { model, version, batch = 1, timeoutMs = TIMEOUT_MS } = target;
  const path = `/v2/models/${model}${version === undefined ? '' : `/versions/${version}`}`;
  const { inputs } = await askJson<ModelMetadata>(url, path, timeoutMs);
  const tensors = inputs.map(({ name, datatype, shape }) =>
    makeInput({ name, dtype: datatype, shape }, batch, target.shape),
  );
  const head = Buffer.from(
    JSON.stringify({
      inputs: tensors.map(({ name, datatype, shape, bytes }) => ({
        name,
        datatype,
        shape,
        parameters: { binary_data_size: bytes.length },
      })),
      parameters: { binary_data_output: true },
    }),
  );
  const body = Buffer.concat([head, ...tensors.map(({ bytes }) => bytes)]);
  const headers = {
    'content-type': 'application/octet-stream',
    'inference-header-content-length': String(head.length),
  };
  const request = httpRequest(url, 'POST', `${path}/infer`, headers, body);
  return {
    requestBytes: request.length,
    async open() {
      const connection = new HttpConnection(url, request, timeoutMs);
      await connection.connect();
      return connection;
    },
  };
}
