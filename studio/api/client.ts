/** @file Every call that the studio makes. */
import { API, ApiError, readAnswer, request } from './request.ts';
import type {
  DatasetList,
  DatasetRecord,
  ImportAnswer,
  ImportFacts,
  ModelInspection,
  ModelList,
  ModelManifest,
  ModelSummary,
  PredictionResponse,
  PresetList,
  RunList,
  RunRecord,
  RunRequest,
  Split,
} from './types.ts';

const encode = encodeURIComponent;

export const client = {
  datasets: () => request<DatasetList>('GET', '/datasets').then((answer) => answer.datasets),
  dataset: (id: string) => request<DatasetRecord>('GET', `/datasets/${encode(id)}`),
  checkUrl: (url: string) => request<DatasetRecord>('POST', '/datasets', { json: { url } }),
  checkSample: () => request<DatasetRecord>('POST', '/datasets', { json: { source: 'sample:digits' } }),
  deleteDataset: (id: string) => request<void>('DELETE', `/datasets/${encode(id)}`),

  runs: () => request<RunList>('GET', '/runs').then((answer) => answer.runs),
  run: (id: string) => request<RunRecord>('GET', `/runs/${encode(id)}`),
  startRun: (wanted: RunRequest) => request<RunRecord>('POST', '/runs', { json: wanted }),
  cancelRun: (id: string) => request<RunRecord>('POST', `/runs/${encode(id)}/cancel`),
  deleteRun: (id: string) => request<void>('DELETE', `/runs/${encode(id)}`),

  presets: () => request<PresetList>('GET', '/presets').then((answer) => answer.presets),

  models: () => request<ModelList>('GET', '/models').then((answer) => answer.models),
  model: (name: string) => request<ModelSummary>('GET', `/models/${encode(name)}`),
  modelVersion: (name: string, version: number) =>
    request<ModelManifest>('GET', `/models/${encode(name)}/versions/${version}`),
  inspect: (name: string, version: number) =>
    request<ModelInspection>('GET', `/models/${encode(name)}/versions/${version}/inspect`),
  importUrl: (name: string, url: string, told: ImportFacts) =>
    request<ImportAnswer>('POST', '/models/import', { json: { name, url, ...told } }),
  importFile: (name: string, file: File, { labels, ...told }: ImportFacts) => {
    const query = new URLSearchParams({ name, fileName: file.name, ...told });
    if (labels) query.set('labels', JSON.stringify(labels));
    return request<ImportAnswer>('POST', `/models/import?${query}`, { body: file });
  },
  deleteModel: (name: string) => request<void>('DELETE', `/models/${encode(name)}`),
  deleteModelVersion: (name: string, version: number) =>
    request<void>('DELETE', `/models/${encode(name)}/versions/${version}`),

  predictPixels: (name: string, version: number, pixels: Uint8Array, signal: AbortSignal) =>
    request<PredictionResponse>('POST', `${predictPath(name, version)}`, { json: { pixels: [...pixels] }, signal }),
  predictPicture: (name: string, version: number, picture: Blob, signal: AbortSignal) =>
    request<PredictionResponse>('POST', `${predictPath(name, version)}?seen=1`, { body: picture, signal }),
};

function predictPath(name: string, version: number): string {
  return `/models/${encode(name)}/versions/${version}/predict`;
}

/** A prepared picture of a dataset, with the name of its class. */
export async function fetchPicture(
  id: string,
  split: Split,
  index: number,
  signal: AbortSignal,
): Promise<{ label: string; picture: Blob }> {
  const response = await fetch(`${API}/datasets/${encode(id)}/images/${split}/${index}`, { signal });
  if (!response.ok) return readAnswer(response.status, await response.text());
  return { label: decodeURIComponent(response.headers.get('x-label') ?? ''), picture: await response.blob() };
}

/**
 * Sends a dataset file. `fetch` cannot tell how much of a body has left, so this is an XMLHttpRequest.
 * @param onProgress share of the file that was sent, 0..1
 */
export function uploadDataset(
  file: File,
  onProgress: (share: number) => void,
  signal: AbortSignal,
): Promise<DatasetRecord> {
  return new Promise((resolve, reject) => {
    const call = new XMLHttpRequest();
    call.open('POST', `${API}/datasets?fileName=${encode(file.name)}`);
    call.setRequestHeader('accept', 'application/json');
    call.setRequestHeader('content-type', 'application/octet-stream');
    call.upload.onprogress = ({ loaded, total }) => onProgress(total > 0 ? loaded / total : 0);
    call.onload = () => {
      try {
        resolve(readAnswer(call.status, call.responseText));
      } catch (error) {
        reject(error);
      }
    };
    // A server that turns a file down early closes the connection, and the browser then keeps its answer back.
    call.onerror = () =>
      reject(
        new ApiError(
          0,
          'upload_cut_off',
          `The upload of ${file.name} was cut off.`,
          'Check that Pictor is still running and that the file is not over the size limit, then try again.',
        ),
      );
    call.onabort = () => reject(new DOMException('The upload was stopped.', 'AbortError'));
    signal.addEventListener('abort', () => call.abort());
    call.send(file);
  });
}
