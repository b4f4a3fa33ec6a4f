/** @file Recorded requests that a version is to answer before it is available: `assets.extra/tf_serving_warmup_requests`. */
import { open } from 'node:fs/promises';
import path from 'node:path';
import { fromBinary } from '@bufbuild/protobuf';
import { PictorError } from '../../contracts/index.ts';
import { decodeRecords, RecordError } from '../../formats/index.ts';
import { serving } from '../../proto/index.ts';

/** Below a version's folder, as TensorFlow Serving has it. */
export const WARMUP_FILE = path.join('assets.extra', 'tf_serving_warmup_requests');

/** The reference's limit. */
const MAX_RECORDS = 1000;
/** A thousand requests of a quarter megabyte. */
const MAX_BYTES = 256 * 1024 * 1024;

/** A request that can be played again. */
export type WarmupRequest = Exclude<serving.PredictionLog['logType'], { case: undefined }>;

/**
 * @param folder of one version
 * @returns in the order of the file; empty when there is none
 * @throws `model_broken` when the file cannot be read or holds anything else
 */
export async function readWarmupFile(folder: string): Promise<WarmupRequest[]> {
  const file = path.join(folder, WARMUP_FILE);
  const bytes = await readIfThere(file);
  if (!bytes) return [];
  const requests: WarmupRequest[] = [];
  try {
    for (const record of decodeRecords(bytes)) {
      if (requests.length === MAX_RECORDS) {
        throw broken(file, `Number of warmup records exceeds the maximum (${MAX_RECORDS}) at ${file}`);
      }
      requests.push(requestIn(file, record, requests.length));
    }
  } catch (error) {
    if (!(error instanceof RecordError)) throw error;
    throw broken(file, `${error.message}. Please verify your warmup data is in TFRecord format.`, error);
  }
  return requests;
}

function requestIn(file: string, record: Uint8Array, index: number): WarmupRequest {
  let log: serving.PredictionLog;
  try {
    log = fromBinary(serving.PredictionLogSchema, record);
  } catch (cause) {
    throw broken(file, `Failed to parse warmup record: ${index} from ${file}`, cause);
  }
  if (log.logType.case !== undefined) return log.logType;
  throw broken(file, `Unsupported log_type for warmup: record ${index} of ${file}`);
}

async function readIfThere(file: string): Promise<Uint8Array | null> {
  let handle: Awaited<ReturnType<typeof open>>;
  try {
    handle = await open(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw broken(file, `The warm-up file ${file} cannot be read: ${code}`, error);
  }
  try {
    const { size } = await handle.stat();
    if (size > MAX_BYTES) throw broken(file, `The warm-up file ${file} has ${size} bytes, more than ${MAX_BYTES}`);
    return await handle.readFile();
  } catch (error) {
    if (error instanceof PictorError) throw error;
    throw broken(file, `The warm-up file ${file} cannot be read: ${(error as NodeJS.ErrnoException).code}`, error);
  } finally {
    await handle.close();
  }
}

function broken(file: string, message: string, cause?: unknown): PictorError {
  return new PictorError('model_broken', `${message}.`.replace(/\.\.$/, '.'), {
    fix: 'Repair the warm-up file or take it away; --enable_model_warmup=false leaves it unread.',
    details: { file },
    cause,
  });
}
