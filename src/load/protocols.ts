/** @file Every way to ask a server. */
import { grpcClient } from './grpc.ts';
import { openInferenceClient } from './open-inference.ts';
import { openInferenceGrpcClient } from './open-inference-grpc.ts';
import { bytesClient, restClient } from './rest.ts';
import type { LoadClient, LoadProtocol, LoadTarget } from './types.ts';

interface LoadRule {
  readonly title: string;
  /** Asks the server what its model takes, and makes a request of that. */
  readonly client: (target: LoadTarget) => Promise<LoadClient>;
}

export const LOAD_RULES: Readonly<Record<LoadProtocol, LoadRule>> = {
  rest: { title: 'TensorFlow Serving REST, rows of numbers as JSON', client: restClient },
  bytes: { title: 'TensorFlow Serving REST, pictures as base64', client: bytesClient },
  v2: { title: 'Open Inference v2, binary tensors over HTTP', client: openInferenceClient },
  grpc: { title: 'TensorFlow Serving gRPC, tensors as bytes', client: grpcClient },
  'v2-grpc': { title: 'Open Inference v2 gRPC, tensors as bytes', client: openInferenceGrpcClient },
};
