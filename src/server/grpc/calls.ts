/** @file From a gRPC call to a function of our messages and back: decoding, deadline, cancellation, status. */
import { performance } from 'node:perf_hooks';
import { type DescMessage, fromBinary, type Message, type MessageShape } from '@bufbuild/protobuf';
import { type handleUnaryCall, Metadata, type ServerUnaryCall, status } from '@grpc/grpc-js';
import type { TextMapGetter } from '@opentelemetry/api';
import type { serving } from '../../proto/index.ts';
import { type RunOptions, retryAfterSeconds } from '../../serving/index.ts';
import { GoneSignal } from '../gone-signal.ts';
import { callSpan } from '../tracing.ts';

/** An error as gRPC tells it: a name of `grpc.status`, and a text. */
export interface GrpcFailure {
  readonly code: keyof typeof status;
  readonly message: string;
  readonly cause?: unknown;
}

export interface CallRules {
  /** What an error becomes for the protocol's clients. */
  readonly failure: (error: unknown) => GrpcFailure;
  /** Told of failures that are nobody's fault but ours. */
  readonly onInternal: (error: unknown, path: string) => void;
  /** Told of every call, when it is answered. */
  readonly onCall: (facts: CallFacts) => void;
}

export interface CallFacts {
  /** `/package.Service/Method`. */
  readonly method: string;
  /** That the request names; null when it names none, or is no request. */
  readonly model: string | null;
  /** `tf.Example`s of the request. */
  readonly examples: number;
  /** As `OK`, `NOT_FOUND`. */
  readonly status: string;
  readonly seconds: number;
}

/** As the reference: a longer text is cut. */
const MAX_TEXT = 1024;

/** A handler of one method. `work` gets the decoded request, a signal that the caller went away, and the deadline. */
export function unary<I extends DescMessage, O extends Message>(
  input: I,
  rules: CallRules,
  work: (request: MessageShape<I>, options: RunOptions) => Promise<O> | O,
): handleUnaryCall<Buffer, O> {
  return async (call, callback) => {
    const started = performance.now();
    const method = call.getPath();
    const span = callSpan(method, call.metadata, METADATA);
    let model: string | null = null;
    let examples = 0;
    const end = (code: keyof typeof status) => {
      span?.end(status[code]);
      rules.onCall({ method, model, examples, status: code, seconds: (performance.now() - started) / 1000 });
    };
    try {
      const request = decode(input, call.request);
      model = modelIn(request);
      examples = examplesIn(request);
      const options = { signal: new GoneSignal(call, 'cancelled', () => call.cancelled), ...deadlineOf(call) };
      callback(null, await (span ? span.run(() => work(request, options)) : work(request, options)));
      end('OK');
    } catch (error) {
      if (error instanceof UndecodableRequest) {
        callback({ code: status.INVALID_ARGUMENT, details: cut(error.message) });
        return end('INVALID_ARGUMENT');
      }
      const { code, message, cause } = rules.failure(error);
      if (code === 'INTERNAL') rules.onInternal(cause ?? error, method);
      callback({ code: status[code], details: cut(message), metadata: retryHint(cause) });
      end(code);
    }
  };
}

/** As the services of both protocols name it. */
function modelIn(request: Message): string | null {
  const { modelSpec, modelName, tasks } = request as {
    readonly modelSpec?: { readonly name: string };
    readonly modelName?: string;
    readonly tasks?: readonly { readonly modelSpec?: { readonly name: string } }[];
  };
  return modelSpec?.name ?? modelName ?? tasks?.[0]?.modelSpec?.name ?? null;
}

function examplesIn(request: Message): number {
  const { input } = request as { readonly input?: serving.Input };
  return input?.kind?.value?.examples.length ?? 0;
}

/** Where a caller's trace is looked for. */
const METADATA: TextMapGetter<Metadata> = {
  get: (metadata, name) => metadata.get(name).map(String),
  keys: (metadata) => Object.keys(metadata.getMap()),
};

/** Clients that retry wait for so long: gRPC's own field, in milliseconds. */
function retryHint(cause: unknown): Metadata {
  const metadata = new Metadata();
  const seconds = retryAfterSeconds(cause);
  if (seconds !== null) metadata.set('grpc-retry-pushback-ms', String(seconds * 1000));
  return metadata;
}

/** What came is no message of its type. */
export class UndecodableRequest extends Error {}

function decode<I extends DescMessage>(schema: I, bytes: Buffer): MessageShape<I> {
  try {
    return fromBinary(schema, bytes);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UndecodableRequest(`The request is no ${schema.typeName}: ${reason}`, { cause: error });
  }
}

/** As the core counts it: milliseconds of `performance.now()`. */
function deadlineOf(call: ServerUnaryCall<Buffer, Message>): { readonly deadline?: number } {
  const deadline = call.getDeadline();
  const at = deadline instanceof Date ? deadline.getTime() : deadline;
  return Number.isFinite(at) ? { deadline: performance.now() + at - Date.now() } : {};
}

function cut(text: string): string {
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}...TRUNCATED` : text;
}
