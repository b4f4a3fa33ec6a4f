/** @file Spans of HTTP requests and gRPC calls, where the program has registered an OpenTelemetry SDK. */
import type { IncomingHttpHeaders } from 'node:http';
import { context, propagation, SpanKind, SpanStatusCode, type TextMapGetter, trace } from '@opentelemetry/api';

/** Asked each time: an SDK may be registered later than this file is read. */
const tracer = () => trace.getTracer('pictor');

/** A request's span, and what goes on inside of it. */
export interface RequestSpan {
  /** Runs what follows with the span as its parent. */
  run(work: () => void): void;
  end(route: string, status: number): void;
}

/** Null when nobody records. The caller's own trace goes on, when it sends one. */
export function requestSpan(method: string, headers: IncomingHttpHeaders, id: string): RequestSpan | null {
  const parent = propagation.extract(context.active(), headers);
  const attributes = { 'http.request.method': method, 'pictor.request_id': id };
  const span = tracer().startSpan(method, { kind: SpanKind.SERVER, attributes }, parent);
  if (!span.isRecording()) return null;
  const inside = trace.setSpan(parent, span);
  return {
    run: (work) => context.with(inside, work),
    end: (route, status) => {
      span.updateName(`${method} ${route}`);
      span.setAttributes({ 'http.route': route, 'http.response.status_code': status });
      if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end();
    },
  };
}

/** A gRPC call's span. `carrier` is its metadata. @returns runs the call inside of the span, and ends it */
export function callSpan<T>(path: string, carrier: T, getter: TextMapGetter<T>): CallSpan | null {
  const parent = propagation.extract(context.active(), carrier, getter);
  const attributes = { 'rpc.system': 'grpc', 'rpc.method': path };
  const span = tracer().startSpan(path.slice(1), { kind: SpanKind.SERVER, attributes }, parent);
  if (!span.isRecording()) return null;
  const inside = trace.setSpan(parent, span);
  return {
    run: (work) => context.with(inside, work),
    end: (code) => {
      span.setAttribute('rpc.grpc.status_code', code);
      if (code !== 0) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end();
    },
  };
}

export interface CallSpan {
  run<T>(work: () => T): T;
  end(code: number): void;
}
