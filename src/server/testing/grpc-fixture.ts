/** @file A gRPC server on a free port, with a registry, an inference pool and a predictor of its own. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ModelRegistry } from '../../registry/index.ts';
import { createInferencePool } from '../../runtime/index.ts';
import { Predictor, type PredictorOptions } from '../../serving/index.ts';
import { type GrpcOptions, type RunningGrpc, startGrpc } from '../grpc/start-grpc.ts';
import { openInferenceServer } from '../open-inference.ts';
import { type GrpcCaller, grpcCaller } from './grpc-client.ts';

export interface GrpcFixture extends GrpcCaller {
  readonly registry: ModelRegistry;
  readonly predictor: Predictor;
  readonly server: RunningGrpc;
  /** Failures that were nobody's fault but ours. */
  readonly internal: unknown[];
  stop(): Promise<void>;
}

export async function serveGrpc(
  options: Partial<GrpcOptions> = {},
  serving: Partial<PredictorOptions> = {},
): Promise<GrpcFixture> {
  const directory = await mkdtemp(path.join(tmpdir(), 'pictor-grpc-'));
  const registry = new ModelRegistry(directory);
  const pool = createInferencePool({ threads: 1 });
  const predictor = new Predictor({ registry, pool, ...serving });
  await predictor.start();
  const internal: unknown[] = [];
  const server = await startGrpc({
    ...openInferenceServer({ predictor, isReady: () => true }),
    ...{ port: 0, maxMessageBytes: 16 * 1024 * 1024, onInternal: (error) => internal.push(error) },
    ...options,
  });
  const caller = grpcCaller(server.address ?? `unix:${options.socketPath}`);
  return {
    ...{ ...caller, registry, predictor, server, internal },
    async stop() {
      caller.close();
      await server.close(0);
      await predictor.close();
      await pool.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
