/** @file Calls of one gRPC service, each connection by itself. */
import type { Client, ServiceError } from '@grpc/grpc-js';
import { PictorError } from '../contracts/index.ts';
import type { LoadClient } from './types.ts';

/** Service that predicts. */
export const TENSORFLOW_SERVING = '/tensorflow.serving.PredictionService';

const MAX_MESSAGE_BYTES = 256 * 1024 * 1024;

/** Bytes of a message to bytes of the answer. Rejects with a `ServiceError`. */
export type GrpcCall = (method: string, request: Uint8Array) => Promise<Uint8Array>;

/** Connections that all make one call with one request. @param service with its package, behind a slash */
export function callsOf(
  address: string,
  timeoutMs: number,
  service: string,
  method: string,
  request: Uint8Array,
): LoadClient {
  return {
    requestBytes: request.length,
    async open() {
      const { call, close } = await connectGrpc(address, timeoutMs, service);
      return {
        send: () =>
          call(method, request).then(
            () => null,
            (error: ServiceError) => `${error.code}: ${String(error.details).slice(0, 160)}`,
          ),
        close,
      };
    },
  };
}

export function refused(address: string, cause: ServiceError): PictorError {
  return new PictorError('url_status', `${address} answered ${cause.code}: ${cause.details}`, {
    fix: 'Check the address, the name of the model and the protocol.',
    cause,
  });
}

/** A connection of its own: by default those to one address share one. */
export async function connectGrpc(
  address: string,
  timeoutMs: number,
  service: string,
): Promise<{ call: GrpcCall; close: () => void }> {
  // Loaded here: it takes its time, and the other protocols do without.
  const grpc = await import('@grpc/grpc-js');
  const isSecure = address.startsWith('grpcs://');
  const client: Client = new grpc.Client(
    address.replace(/^(grpcs?|https?):\/\//, '').replace(/\/$/, ''),
    isSecure ? grpc.credentials.createSsl() : grpc.credentials.createInsecure(),
    {
      'grpc.use_local_subchannel_pool': 1,
      'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
      'grpc.max_send_message_length': MAX_MESSAGE_BYTES,
    },
  );
  await new Promise<void>((resolve, reject) => {
    client.waitForReady(Date.now() + Math.min(timeoutMs, 5_000), (cause) => {
      if (!cause) return resolve();
      client.close();
      reject(new PictorError('url_unreachable', `${address} does not answer to gRPC.`, { cause }));
    });
  });
  const same = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const call: GrpcCall = (method, request) =>
    new Promise((resolve, reject) => {
      const path = `${service}/${method}`;
      const options = { deadline: Date.now() + timeoutMs };
      client.makeUnaryRequest(
        path,
        same,
        (bytes: Buffer) => bytes,
        request,
        options,
        (error, answer) => {
          if (error) reject(error);
          else resolve(answer as Buffer);
        },
      );
    });
  return { call, close: () => client.close() };
}
