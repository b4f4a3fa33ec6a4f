/** @file The protocol's requests and answers over HTTP. */
import type { HttpRequest, HttpResponse } from '../http.ts';

export interface OpenInferenceRequest extends HttpRequest {
  /** `Inference-Header-Content-Length`. */
  readonly headerLength?: string | undefined;
}

export type OpenInferenceResponse = HttpResponse<string | Uint8Array>;
