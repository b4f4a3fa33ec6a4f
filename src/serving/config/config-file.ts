/** @file Configuration files in text format: read, parsed, and what is wrong with them told as TensorFlow Serving does. */
import { open } from 'node:fs/promises';
import type { DescMessage, MessageShape } from '@bufbuild/protobuf';
import { PictorError } from '../../contracts/index.ts';
import { serving } from '../../proto/index.ts';
import type { BatchingParameters } from '../batching/parameters.ts';
import { TfServingError } from '../tfserving/status.ts';
import { type ConfiguredModel, configuredModels, MODEL_TYPE_NAMES } from './model-server-config.ts';
import { type NumberNames, parseTextFormat } from './text-format.ts';
import { TextFormatError } from './text-tokens.ts';

/** No configuration is as long as a model. */
const MAX_BYTES = 16 * 1024 * 1024;

/** @throws `serving_config_invalid` */
async function readConfig<T extends DescMessage>(
  file: string,
  schema: T,
  names?: NumberNames,
): Promise<MessageShape<T>> {
  const text = await readText(file);
  try {
    return parseTextFormat(schema, text, names);
  } catch (error) {
    if (!(error instanceof TextFormatError)) throw error;
    const { line, column, message } = error;
    throw invalid(
      file,
      `Error parsing text-format ${schema.typeName}: ${line}:${column}: ${message} Invalid protobuf file: '${file}'`,
      { line, column },
    );
  }
}

async function readText(file: string): Promise<string> {
  try {
    const handle = await open(file);
    try {
      const { size } = await handle.stat();
      if (size > MAX_BYTES) throw invalid(file, `The configuration ${file} has ${size} bytes, more than ${MAX_BYTES}.`);
      return await handle.readFile('utf8');
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof PictorError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    const why = code === 'ENOENT' ? 'No such file or directory' : (code ?? String(error));
    throw invalid(file, `The configuration ${file} cannot be read: ${why}.`);
  }
}

/** The models of `--model_config_file`; null for an empty one. @throws `serving_config_invalid` */
export async function readModelConfigFile(file: string): Promise<Map<string, ConfiguredModel> | null> {
  const config = await readConfig(file, serving.ModelServerConfigSchema, MODEL_TYPE_NAMES);
  try {
    return configuredModels(config);
  } catch (error) {
    if (!(error instanceof TfServingError)) throw error;
    throw invalid(file, `The configuration ${file} cannot be used: ${error.message}.`);
  }
}

/** `--batching_parameters_file` @throws `serving_config_invalid` */
export async function readBatchingFile(file: string): Promise<BatchingParameters> {
  const given = await readConfig(file, serving.BatchingParametersSchema);
  const count = (name: string, value: bigint | undefined, least: bigint): number | undefined => {
    if (value === undefined) return undefined;
    if (value >= least && value <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(value);
    throw invalid(file, `${name} must be ${least === 0n ? 'non-negative' : 'positive'}; was ${value} (${file}).`);
  };
  const maxBatchSize = count('max_batch_size', given.maxBatchSize, 1n);
  const allowed = given.allowedBatchSizes.map((size) => count('allowed_batch_sizes', size, 1n) as number);
  if (allowed.some((size, index) => index > 0 && size <= allowed[index - 1])) {
    throw invalid(file, `allowed_batch_sizes entries must be monotonically increasing (${file}).`);
  }
  const largest = count('max_execution_batch_size', given.maxExecutionBatchSize, 1n);
  const last = given.enableLargeBatchSplitting && largest !== undefined ? largest : (maxBatchSize ?? 1000);
  if (allowed.length > 0 && allowed.at(-1) !== last) {
    throw invalid(
      file,
      `Last entry in allowed_batch_sizes must match max_batch_size; last was ${allowed.at(-1)}; expected ${last} (${file}).`,
    );
  }
  return {
    ...defined({
      maxBatchSize,
      batchTimeoutMicros: count('batch_timeout_micros', given.batchTimeoutMicros, 0n),
      maxEnqueuedBatches: count('max_enqueued_batches', given.maxEnqueuedBatches, 1n),
      numBatchThreads: count('num_batch_threads', given.numBatchThreads, 1n),
      enableLargeBatchSplitting: given.enableLargeBatchSplitting,
      maxExecutionBatchSize: largest,
    }),
    allowedBatchSizes: allowed,
    padVariableLengthInputs: given.padVariableLengthInputs,
  };
}

export const PROMETHEUS_PATH = '/monitoring/prometheus/metrics';

/** Path of the Prometheus page that `--monitoring_config_file` asks for; null for none. @throws `serving_config_invalid` */
export async function readMonitoringFile(file: string): Promise<string | null> {
  const { prometheusConfig } = await readConfig(file, serving.MonitoringConfigSchema);
  if (!prometheusConfig?.enable) return null;
  const page = prometheusConfig.path || PROMETHEUS_PATH;
  if (/^\/[\w./~-]*$/.test(page)) return page;
  throw invalid(
    file,
    `The path of prometheus_config in ${file} is ${JSON.stringify(page.slice(0, 200))}; expected one that begins with /.`,
  );
}

/** PEM texts. */
export interface TlsFacts {
  readonly key: string;
  readonly certificate: string;
  /** Of clients; null: the system's. */
  readonly authority: string | null;
  readonly verifyClients: boolean;
}

/** `--ssl_config_file` @throws `serving_config_invalid` */
export async function readSslFile(file: string): Promise<TlsFacts> {
  const { serverKey, serverCert, customCa, clientVerify } = await readConfig(file, serving.SSLConfigSchema);
  for (const [name, text] of [
    ['server_key', serverKey],
    ['server_cert', serverCert],
  ]) {
    if (text.includes('-----BEGIN')) continue;
    throw invalid(file, `${name} in ${file} is no PEM text. The file holds the texts themselves, not names of files.`);
  }
  return { key: serverKey, certificate: serverCert, authority: customCa || null, verifyClients: clientVerify };
}

function invalid(file: string, message: string, details: Readonly<Record<string, unknown>> = {}): PictorError {
  return new PictorError('serving_config_invalid', message, { details: { file, ...details } });
}

function defined<T extends object>(object: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as never;
}
