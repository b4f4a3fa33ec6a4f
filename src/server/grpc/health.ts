/** @file gRPC's own health check (`grpc.health.v1`). */
import { create, fromBinary } from '@bufbuild/protobuf';
import {
  type handleServerStreamingCall,
  type handleUnaryCall,
  status,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { health } from '../../proto/index.ts';

const { SERVING, NOT_SERVING, SERVICE_UNKNOWN } = health.SERVING_STATUS;
type Answer = health.HealthCheckResponse;

/** How often a watched status is looked at. */
const WATCH_MS = 500;

/**
 * @param services names that may be asked for, beside `''` which is the whole server
 * @param isReady whether requests can be sent
 * @param closing ends the watches, which would keep their connections open
 */
export function healthService(
  services: readonly string[],
  isReady: () => boolean,
  closing: AbortSignal,
): UntypedServiceImplementation {
  const names = new Set(['', ...services]);
  const statusOf = (service: string): number | null => {
    if (!names.has(service)) return null;
    return isReady() ? SERVING : NOT_SERVING;
  };
  const check: handleUnaryCall<Buffer, Answer> = (call, callback) => {
    const service = nameIn(call.request);
    if (service === null) return callback({ code: status.INVALID_ARGUMENT, details: NO_REQUEST });
    const found = statusOf(service);
    if (found === null) return callback({ code: status.NOT_FOUND, details: `There is no service "${service}".` });
    callback(null, answer(found));
  };
  const watch: handleServerStreamingCall<Buffer, Answer> = (call) => {
    const service = nameIn(call.request);
    if (service === null) return void call.emit('error', { code: status.INVALID_ARGUMENT, details: NO_REQUEST });
    let told = statusOf(service) ?? SERVICE_UNKNOWN;
    call.write(answer(told));
    const timer = setInterval(() => {
      const now = statusOf(service) ?? SERVICE_UNKNOWN;
      if (now !== told) call.write(answer(now));
      told = now;
    }, WATCH_MS);
    const stop = () => {
      if (told === SERVING) call.write(answer(NOT_SERVING));
      call.emit('error', { code: status.UNAVAILABLE, details: 'The server stops.' });
    };
    const forget = () => {
      clearInterval(timer);
      closing.removeEventListener('abort', stop);
    };
    closing.addEventListener('abort', stop);
    call.on('cancelled', forget);
    call.on('close', forget);
  };
  return { Check: check, Watch: watch };
}

const NO_REQUEST = 'The request is no grpc.health.v1.HealthCheckRequest.';

function nameIn(bytes: Buffer): string | null {
  try {
    return fromBinary(health.HealthCheckRequestSchema, bytes).service;
  } catch {
    return null;
  }
}

function answer(servingStatus: number): Answer {
  return create(health.HealthCheckResponseSchema, { status: servingStatus });
}
