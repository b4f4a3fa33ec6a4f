/** @file One OpenTelemetry span for each request to a model, where an SDK is registered; otherwise nothing. */
import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { RequestFacts, ServingObserver } from './observer.ts';

/** Spans begin under whatever span is active when the request is answered: that of its HTTP or gRPC call. */
export const tracingObserver: ServingObserver = {
  onRequest(facts) {
    const tracer = trace.getTracer('pictor');
    const origin = performance.timeOrigin + facts.startedAt;
    const span = tracer.startSpan('predict', {
      kind: SpanKind.INTERNAL,
      startTime: origin,
      attributes: attributesOf(facts),
    });
    if (!span.isRecording()) return;
    if (facts.error) {
      span.setAttribute('error.type', facts.error.code);
      span.setStatus({ code: SpanStatusCode.ERROR, message: facts.error.message });
    }
    span.end(origin + facts.totalMs);
  },
};

function attributesOf({ model, version, signature, rows, decodeMs, queueMs, computeMs }: RequestFacts) {
  return {
    'pictor.model': model,
    'pictor.version': String(version),
    'pictor.signature': signature,
    'pictor.rows': rows,
    'pictor.decode_ms': decodeMs,
    'pictor.queue_ms': queueMs,
    'pictor.compute_ms': computeMs,
  };
}
