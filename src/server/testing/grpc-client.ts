/** @file A gRPC client of our messages, for tests: one call at a time, its answer or its status. */
import {
  create,
  type DescMessage,
  type DescMethod,
  type DescMethodUnary,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from '@bufbuild/protobuf';
import {
  type CallOptions,
  type ChannelCredentials,
  Client,
  credentials,
  Metadata,
  type ServiceError,
} from '@grpc/grpc-js';

/** As bytes or as fields. */
type Request<I extends DescMessage> = MessageInitShape<I> | Uint8Array;

export interface GrpcCaller {
  /** @throws the call's `ServiceError` */
  call<I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    request: Request<I>,
    options?: CallOptions & { readonly signal?: AbortSignal },
  ): Promise<MessageShape<O>>;
  /** Code and text of a call that must fail. @param request bytes, or fields of any kind: what is wrong has no type */
  failure(
    method: DescMethod,
    request: object,
    options?: CallOptions,
  ): Promise<{ readonly code: number; readonly details: string; readonly metadata: Metadata }>;
  readonly client: Client;
  close(): void;
}

/** @param address `HOST:PORT` or `unix:PATH` */
export function grpcCaller(address: string, from: ChannelCredentials = credentials.createInsecure()): GrpcCaller {
  const client = new Client(address, from, {
    'grpc.max_receive_message_length': -1,
    'grpc.max_send_message_length': -1,
  });
  const caller: GrpcCaller = {
    client,
    call: (method, request, { signal, ...options } = {}) =>
      new Promise((resolve, reject) => {
        const { input, output } = method;
        const bytes = request instanceof Uint8Array ? request : toBinary(input, create(input, request));
        const running = client.makeUnaryRequest(
          `/${method.parent.typeName}/${method.name}`,
          (value: Uint8Array) => Buffer.from(value),
          (value: Buffer) => fromBinary(output, new Uint8Array(value)),
          bytes,
          new Metadata(),
          options,
          (error, answer) => (error ? reject(error) : resolve(answer!)),
        );
        signal?.addEventListener('abort', () => running.cancel(), { once: true });
      }),
    failure: async (method, request, options) => {
      try {
        await caller.call(method as DescMethodUnary<DescMessage, DescMessage>, request as Uint8Array, options);
      } catch (error) {
        const { code, details, metadata } = error as ServiceError;
        return { code, details, metadata };
      }
      throw new Error('The call was answered.');
    },
    close: () => client.close(),
  };
  return caller;
}
