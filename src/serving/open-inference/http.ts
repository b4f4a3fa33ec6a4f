/** @file A request and its answer over HTTP, as any server hands them over. */

export interface OpenInferenceRequest {
  readonly method: string;
  /** As it came, percent signs, query and all. */
  readonly path: string;
  readonly body: Uint8Array;
  /** `Inference-Header-Content-Length`. */
  readonly headerLength?: string | undefined;
  readonly contentEncoding?: string | undefined;
}

export interface OpenInferenceResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
  /** What went wrong inside, for the log: the answer does not tell. */
  readonly cause?: unknown;
}
