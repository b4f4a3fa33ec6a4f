/** @file A request and its answer over HTTP, as any server hands them over. */

export interface HttpRequest {
  readonly method: string;
  /** As it came, percent signs, query and all. */
  readonly path: string;
  readonly body: Uint8Array;
  readonly contentEncoding?: string | undefined;
}

export interface HttpResponse<Body extends string | Uint8Array> {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Body;
  /** What went wrong inside, for the log: the answer does not tell. */
  readonly cause?: unknown;
}
