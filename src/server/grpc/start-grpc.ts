/** @file The gRPC listener: TensorFlow Serving's services, Open Inference, health check, reflection. */
import { lstat, unlink } from 'node:fs/promises';
import { connect } from 'node:net';
import type { DescService } from '@bufbuild/protobuf';
import {
  logVerbosity,
  Server,
  ServerCredentials,
  setLogVerbosity,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { PictorError } from '../../contracts/index.ts';
import { health, inference, serving } from '../../proto/index.ts';
import type { Predictor, ReloadModels, RequestLogs, TensorForm } from '../../serving/index.ts';
import type { CallFacts } from './calls.ts';
import { serviceDefinition } from './definitions.ts';
import { healthService } from './health.ts';
import { inferenceService } from './open-inference.ts';
import { addReflection } from './reflection.ts';
import { modelService, predictionService } from './tfserving.ts';

export interface GrpcTls {
  /** PEM texts. */
  readonly key: string;
  readonly certificate: string;
  /** PEM text: whose clients' certificates are trusted. */
  readonly clientAuthority?: string;
  /** Refuses clients without a certificate of that authority. Default false. */
  readonly requireClient?: boolean;
}

export interface GrpcOptions {
  readonly predictor: Predictor;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** 0 takes a free one; null listens on no port. */
  readonly port: number | null;
  /** Path of a unix socket to listen on, too; in clear, whatever `tls` says. */
  readonly socketPath?: string | null;
  /** Longest message that is taken; a longer one is refused with RESOURCE_EXHAUSTED. */
  readonly maxMessageBytes: number;
  readonly tls?: GrpcTls | null;
  /** Where answers of TensorFlow Serving's services hold their numbers. Default `values`. */
  readonly tensorForm?: TensorForm;
  /** What HandleReloadConfigRequest does. Default: it is refused. */
  readonly reload?: ReloadModels | null;
  /** Where requests to TensorFlow Serving's services are written down. Default: nowhere. */
  readonly logs?: RequestLogs | null;
  /** Whether requests can be sent, for the health check. */
  readonly isReady: () => boolean;
  /** Told in the protocol's server metadata. */
  readonly version: string;
  /** Told of failures that are nobody's fault but ours. */
  readonly onInternal: (error: unknown, path: string) => void;
  /** Told of every call, when it is answered. Default: nobody is. */
  readonly onCall?: (facts: CallFacts) => void;
  /** Name of the flag in messages. Default `--grpc-port`. */
  readonly flag?: string;
}

export interface RunningGrpc {
  /** `HOST:PORT`; null when it listens on no port. */
  readonly address: string | null;
  /** No new calls; running ones may end within this time, then they are cut. */
  close(drainMs?: number): Promise<void>;
}

/** HTTP/2 streams of one connection at once; beyond it a client's library waits. */
const MAX_STREAMS = 1024;
/** Of names and values together; the longest that clients send are a few hundred bytes. */
const MAX_METADATA_BYTES = 64 * 1024;

/** @throws `port_in_use`, `not_permitted`, `invalid_setting` */
export async function startGrpc(options: GrpcOptions): Promise<RunningGrpc> {
  const { host = '127.0.0.1', port, socketPath = null, flag = '--grpc-port' } = options;
  // What it would print of a place that cannot be opened is told by the error.
  setLogVerbosity(logVerbosity.NONE);
  const closing = new AbortController();
  const server = newServer(options, closing.signal);
  try {
    let bound: number | null = null;
    if (port !== null) bound = await bind(server, `${bracketed(host)}:${port}`, credentials(options.tls), flag);
    if (socketPath !== null) {
      await removeStale(socketPath);
      await bind(server, `unix:${socketPath}`, ServerCredentials.createInsecure(), '--grpc_socket_path');
    }
    return {
      address: bound === null ? null : `${bracketed(host)}:${bound}`,
      close: (drainMs = 10_000) => {
        closing.abort();
        return close(server, drainMs);
      },
    };
  } catch (error) {
    server.forceShutdown();
    throw error;
  }
}

function newServer(options: GrpcOptions, closing: AbortSignal): Server {
  const {
    predictor,
    maxMessageBytes,
    tensorForm = 'values',
    reload = null,
    logs = null,
    isReady,
    version,
    onInternal,
    onCall = () => {},
  } = options;
  const server = new Server({
    'grpc.max_receive_message_length': maxMessageBytes,
    'grpc.max_send_message_length': -1,
    'grpc.max_concurrent_streams': MAX_STREAMS,
    'grpc.max_metadata_size': MAX_METADATA_BYTES,
    // Nobody can ask for its figures here, and they are counted for every call.
    'grpc.enable_channelz': 0,
  });
  const { PredictionService, ModelService } = serving;
  const tfServing = { predictor, reload, tensorForm, logs };
  const told = { onInternal, onCall };
  const services: (readonly [DescService, UntypedServiceImplementation])[] = [
    [PredictionService, predictionService(tfServing, told)],
    [ModelService, modelService(tfServing, told)],
    [inference.GRPCInferenceService, inferenceService({ predictor, isReady, version }, told)],
  ];
  // TensorFlow Serving registers the bare names; probes that were made for others ask for the full ones.
  const names = services.flatMap(([{ name, typeName }]) => [name, typeName]);
  services.push([health.Health, healthService(names, isReady, closing)]);
  for (const [service, implementation] of services) server.addService(serviceDefinition(service), implementation);
  addReflection(
    server,
    services.map(([service]) => service),
  );
  return server;
}

/** @throws `invalid_setting` when key and certificate are not */
function credentials(tls: GrpcTls | null | undefined): ServerCredentials {
  if (!tls) return ServerCredentials.createInsecure();
  const { key, certificate, clientAuthority, requireClient = false } = tls;
  const pair = { private_key: Buffer.from(key), cert_chain: Buffer.from(certificate) };
  const authority = clientAuthority ? Buffer.from(clientAuthority) : null;
  try {
    return ServerCredentials.createSsl(authority, [pair], requireClient);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new PictorError('invalid_setting', `The key and certificate for gRPC cannot be used: ${reason}.`, {
      fix: 'Give both as PEM, the key without a passphrase, the certificate first in its chain.',
      cause: error,
    });
  }
}

function bind(server: Server, address: string, from: ServerCredentials, flag: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(address, from, (error, port) => {
      if (error) reject(bindFailure(error, address, flag));
      else resolve(port);
    });
  });
}

/** grpc-js tells the system's code in its text. */
function bindFailure(cause: Error, address: string, flag: string): PictorError {
  const { message } = cause;
  if (message.includes('EADDRINUSE')) {
    return new PictorError('port_in_use', `${address} is in use by another program (${flag}).`, {
      fix: `Stop the program that holds it, or choose another one with ${flag}.`,
      details: { address, flag },
      cause,
    });
  }
  if (message.includes('EACCES')) {
    return new PictorError('not_permitted', `${address} may not be opened by this user (${flag}).`, {
      fix: `Choose another one with ${flag}; ports start at 1024.`,
      cause,
    });
  }
  return new PictorError('invalid_setting', `gRPC cannot listen on ${address} (${flag}): ${message}`, { cause });
}

/** A socket that nobody listens on any more was left by a server that was killed. */
async function removeStale(socketPath: string): Promise<void> {
  const found = await lstat(socketPath).catch(() => null);
  if (!found?.isSocket()) return;
  const isAlive = await new Promise<boolean>((resolve) => {
    const probe = connect(socketPath);
    probe.once('connect', () => resolve(true)).once('error', () => resolve(false));
    probe.once('connect', () => probe.destroy());
  });
  if (!isAlive) await unlink(socketPath);
}

async function close(server: Server, drainMs: number): Promise<void> {
  const force = setTimeout(() => server.forceShutdown(), drainMs);
  await new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
  clearTimeout(force);
  server.forceShutdown();
}

function bracketed(host: string): string {
  return host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
}
