/** @file Some of the requests with their answers, in TFRecord files: what `logging_config` of a model asks for. */
import { randomUUID } from 'node:crypto';
import { appendFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { encodeRecord } from '../../formats/index.ts';
import { serving } from '../../proto/index.ts';
import type { RequestLogging } from '../models/configuration.ts';

/** A request of one kind and its answer. */
export type LoggedCall = NonNullable<MessageInitShape<typeof serving.PredictionLogSchema>['logType']>;

/** As `request_log_count` tells it. */
export type LogStatus = 'OK' | 'RESOURCE_EXHAUSTED' | 'INTERNAL';

export interface RequestLogsOptions {
  /** What is configured for a model now; null: none of its requests are written down. */
  readonly loggingOf: (model: string) => RequestLogging | null;
  readonly onLogged?: (model: string, status: LogStatus) => void;
  readonly log?: (level: 'info' | 'warn', message: string) => void;
  readonly random?: () => number;
  /** Records that wait for the disk; more are dropped, so that a slow disk slows no request. Default 64 MiB. */
  readonly maxWaitingBytes?: number;
}

interface LogFile {
  readonly path: string;
  records: number;
  bytes: number;
}

/** What a warm-up file may hold, so that each file can be one. */
const MAX_RECORDS = 1000;
const MAX_BYTES = 256 * 1024 * 1024;
const MAX_WAITING_BYTES = 64 * 1024 * 1024;

/** Files are `PREFIX-TIME-ID.tfrecord`; a new one is begun when one is full. */
export class RequestLogs {
  readonly #options: Required<RequestLogsOptions>;
  /** Those that are written to now, by prefix. */
  readonly #files = new Map<string, LogFile>();
  #waitingBytes = 0;
  #last: Promise<void> = Promise.resolve();
  #failed = false;

  constructor(options: RequestLogsOptions) {
    this.#options = {
      onLogged: () => {},
      log: () => {},
      random: Math.random,
      maxWaitingBytes: MAX_WAITING_BYTES,
      ...options,
    };
  }

  /** Whether the model's next request is to be written down. */
  isDrawn(model: string): boolean {
    const logging = this.#options.loggingOf(model);
    return logging !== null && this.#options.random() < logging.samplingRate;
  }

  /** Encodes at once, and returns before it is on disk. Failures are told once. */
  write(model: string, call: LoggedCall): void {
    const logging = this.#options.loggingOf(model);
    if (!logging) return;
    const record = encodeRecord(toBinary(serving.PredictionLogSchema, messageOf(call, logging)));
    if (this.#waitingBytes + record.length > this.#options.maxWaitingBytes) {
      this.#options.onLogged(model, 'RESOURCE_EXHAUSTED');
      return;
    }
    this.#waitingBytes += record.length;
    this.#last = this.#last.then(async () => {
      const status = await this.#append(logging.filenamePrefix, record);
      this.#waitingBytes -= record.length;
      this.#options.onLogged(model, status);
    });
  }

  /** Resolves when everything is written. */
  flush(): Promise<void> {
    return this.#last;
  }

  async #append(prefix: string, record: Uint8Array): Promise<LogStatus> {
    try {
      const file = await this.#fileFor(prefix, record.length);
      await appendFile(file.path, record);
      file.records++;
      file.bytes += record.length;
      return 'OK';
    } catch (error) {
      // Half a record would spoil those behind it.
      this.#files.delete(prefix);
      if (!this.#failed) {
        const reason = error instanceof Error ? error.message : String(error);
        this.#options.log('warn', `Requests cannot be logged: ${reason}`);
      }
      this.#failed = true;
      return 'INTERNAL';
    }
  }

  async #fileFor(prefix: string, bytes: number): Promise<LogFile> {
    const open = this.#files.get(prefix);
    if (open && open.records < MAX_RECORDS && open.bytes + bytes <= MAX_BYTES) return open;
    const time = new Date().toISOString().replace(/[-:.]/g, '');
    const file = { path: `${prefix}-${time}-${randomUUID().slice(0, 8)}.tfrecord`, records: 0, bytes: 0 };
    await mkdir(path.dirname(file.path), { recursive: true });
    this.#files.set(prefix, file);
    return file;
  }
}

function messageOf(call: LoggedCall, { samplingRate }: RequestLogging): serving.PredictionLog {
  const log = create(serving.PredictionLogSchema, { logType: call });
  const { value } = log.logType;
  const response = value?.response;
  // Of several tasks each has its own.
  const modelSpec = response && 'modelSpec' in response ? response.modelSpec : undefined;
  log.logMetadata = create(serving.LogMetadataSchema, {
    ...(modelSpec ? { modelSpec } : {}),
    samplingConfig: { samplingRate },
    timestampSecs: BigInt(Math.floor(Date.now() / 1000)),
  });
  return log;
}
