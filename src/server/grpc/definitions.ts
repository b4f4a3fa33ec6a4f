/** @file Services of our protobuf messages as grpc-js wants them. */
import { type DescFile, type DescMethod, type DescService, type Message, toBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import type { MethodDefinition, ServiceDefinition, UntypedServiceImplementation } from '@grpc/grpc-js';

/** Requests come as bytes: what cannot be decoded is the caller's fault, and grpc-js would call it ours. */
export type Method = MethodDefinition<Buffer, Message>;

export function serviceDefinition(service: DescService): ServiceDefinition<UntypedServiceImplementation> {
  return Object.fromEntries(service.methods.map((method) => [method.name, methodDefinition(method)]));
}

function methodDefinition(method: DescMethod): Method {
  return {
    path: `/${method.parent.typeName}/${method.name}`,
    requestStream: method.methodKind === 'client_streaming' || method.methodKind === 'bidi_streaming',
    responseStream: method.methodKind === 'server_streaming' || method.methodKind === 'bidi_streaming',
    requestSerialize: (bytes) => bytes,
    requestDeserialize: (bytes) => bytes,
    responseSerialize: (message) => bufferOf(toBinary(method.output, message)),
    responseDeserialize: () => {
      throw new Error('A server reads no responses.');
    },
  };
}

/** Serialised descriptors of these files and of all that they import, each once. */
export function fileDescriptors(files: readonly DescFile[]): Buffer[] {
  const found = new Map<string, DescFile>();
  const visit = (file: DescFile): void => {
    if (found.has(file.name)) return;
    found.set(file.name, file);
    for (const dependency of file.dependencies) visit(dependency);
  };
  for (const file of files) visit(file);
  return [...found.values()].map(({ proto }) => bufferOf(toBinary(FileDescriptorProtoSchema, proto)));
}

/** The same bytes. */
function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
