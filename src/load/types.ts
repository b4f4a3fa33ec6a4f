/** @file What a measurement is made of. */

/** How a server is asked; each has a file of its own. */
export const LOAD_PROTOCOLS = ['rest', 'bytes', 'v2', 'grpc', 'v2-grpc'] as const;
export type LoadProtocol = (typeof LOAD_PROTOCOLS)[number];

export interface LoadTarget {
  /** `http://host:8501`; for gRPC `grpc://host:8500` or `host:8500`. */
  readonly url: string;
  readonly model: string;
  /** Default: the server's. */
  readonly version?: number;
  /** Default: `serving_default`; of `bytes` `serving_bytes`. */
  readonly signature?: string;
  /** Rows in one request. Default 1. */
  readonly batch?: number;
  /** Shape of one row, for a server that does not describe its model. */
  readonly shape?: readonly number[];
  /** Of `bytes`: a picture file. */
  readonly picture?: Uint8Array;
  /** Longest wait for one answer, in milliseconds. Default 30,000. */
  readonly timeoutMs?: number;
}

/** One connection: one request at a time. */
export interface Connection {
  /** Null when the server did what it was asked for, else what it said. Does not throw. */
  send(): Promise<string | null>;
  close(): void;
}

/** Opens connections that all send the same request. */
export interface LoadClient {
  open(): Promise<Connection>;
  /** Bytes of one request. */
  readonly requestBytes: number;
}

/** Closed: each connection sends when it has its answer. Open: requests come as they do from many people, by chance. */
export type LoadShape =
  | { readonly kind: 'closed'; readonly connections: number }
  | { readonly kind: 'open'; readonly rate: number; readonly connections: number };

export interface LoadOptions {
  /** Seconds before anything counts. Default 2. */
  readonly warmup?: number;
  /** Seconds of one window. Default 5. */
  readonly window?: number;
  /** Most windows. Default 10. */
  readonly maxWindows?: number;
  /** Windows that must agree. Default 3. */
  readonly windows?: number;
  /** Largest over smallest, less one, of throughput and of the median latency in windows that agree. Default 0.1. */
  readonly stability?: number;
  readonly signal?: AbortSignal;
}

export interface Latencies {
  /** Milliseconds. */
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
}

export interface LoadResult {
  /** Answers that were no errors, a second. */
  readonly requestsPerSecond: number;
  /** Null when there was no answer. */
  readonly latencyMs: Latencies | null;
  readonly requests: number;
  readonly errors: number;
  /** Texts of errors, with how often each came. */
  readonly errorKinds: Readonly<Record<string, number>>;
  /** Windows that were measured; the last ones count. */
  readonly windows: number;
  /** Whether those agree. */
  readonly stable: boolean;
  /** Of an open loop: how late this program itself sent, in milliseconds, at the 99th percentile. It is part of the latencies. */
  readonly senderDelayMs?: number;
}
