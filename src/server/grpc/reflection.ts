/** @file Server reflection: lets clients such as grpcurl ask what there is. */
import type { DescService } from '@bufbuild/protobuf';
import type { Server } from '@grpc/grpc-js';
import { ReflectionService } from '@grpc/reflection';
import { fileDescriptors } from './definitions.ts';

/** @param services those that may be asked about */
export function addReflection(server: Server, services: readonly DescService[]): void {
  const fileDescriptorProtos = fileDescriptors(services.map(({ file }) => file));
  // The library reads nothing else of a definition, and wants it once.
  const definition = { files: { format: 'Protocol Buffer 3 DescriptorProto', type: {}, fileDescriptorProtos } };
  const names = services.map(({ typeName }) => typeName);
  new ReflectionService(definition as unknown as ConstructorParameters<typeof ReflectionService>[0], {
    services: names,
  }).addToServer(server);
}
