/** @file What a `ModelServerConfig` asks to be served, checked with the reference's rules and texts (`server_core.cc`). */
import path from 'node:path';
import type { serving } from '../../proto/index.ts';
import type { RequestLogging, ServedModelConfig, VersionPolicy } from '../models/configuration.ts';
import { invalidArgument, TfServingError } from '../tfserving/status.ts';

/** One model of a configuration. */
export interface ConfiguredModel extends ServedModelConfig {
  readonly logging: RequestLogging | null;
}

export const LATEST_VERSION: VersionPolicy = { kind: 'latest', count: 1 };

/** Names of `ModelConfig.model_type`'s numbers. */
export const MODEL_TYPE_NAMES = { model_type: { MODEL_TYPE_UNSPECIFIED: 0, TENSORFLOW: 1, OTHER: 2 } } as const;

const TENSORFLOW = 'tensorflow';

/**
 * The models by their names; null for an empty configuration, which changes nothing.
 * @throws TfServingError `INVALID_ARGUMENT`, `FAILED_PRECONDITION`
 */
export function configuredModels(config: serving.ModelServerConfig): Map<string, ConfiguredModel> | null {
  if (config.config.case === undefined) return null;
  if (config.config.case !== 'modelConfigList') {
    throw new TfServingError(
      'FAILED_PRECONDITION',
      'Cannot transition to requested config. It is only legal to transition from one ModelConfigList to another.',
    );
  }
  return modelsOf(config.config.value);
}

/** @throws TfServingError `INVALID_ARGUMENT` */
export function modelsOf({ config }: serving.ModelConfigList): Map<string, ConfiguredModel> {
  const models = new Map<string, ConfiguredModel>();
  for (const model of config) {
    const { name } = model;
    if (name === '') throw invalidArgument('ModelConfig has no name specified.');
    if (models.has(name)) throw invalidArgument(`Illegal to list model ${name} multiple times in config list`);
    checkPlatform(model);
    models.set(name, configuredModel(model));
  }
  return models;
}

function configuredModel(model: serving.ModelConfig): ConfiguredModel {
  const { name, basePath } = model;
  if (!path.isAbsolute(basePath)) {
    const text = `Expected model ${name} to have an absolute path or URI; got base_path()=${basePath}`;
    // An address of a bucket is a URI, but nothing here can read one.
    const isUri = /^[a-z][a-z0-9+.-]*:\/\//i.test(basePath);
    throw isUri
      ? new TfServingError('UNIMPLEMENTED', `File system scheme of ${basePath} not implemented`)
      : invalidArgument(text);
  }
  return {
    name,
    basePath: path.normalize(basePath),
    policy: policyOf(model.modelVersionPolicy),
    labels: new Map(Object.entries(model.versionLabels)),
    logging: loggingOf(name, model.loggingConfig),
  };
}

/** What a version is made of is seen in its folder; the platform is read for the sake of a wrong one alone. */
function checkPlatform({ name, modelType, modelPlatform }: serving.ModelConfig): void {
  if (modelType !== 0 && modelPlatform !== '') {
    throw invalidArgument(
      'Illegal setting both ModelServerConfig::model_type (deprecated) and ModelServerConfig::model_platform.',
    );
  }
  const platform = modelType === 2 ? 'other' : modelPlatform;
  if (platform === '' || platform === TENSORFLOW) return;
  throw invalidArgument(`Model ${name} is of platform ${platform}; only ${TENSORFLOW} can be served`);
}

function policyOf(policy: serving.ModelConfig['modelVersionPolicy']): VersionPolicy {
  const choice = policy?.policyChoice;
  switch (choice?.case) {
    case 'all':
      return { kind: 'all' };
    case 'specific':
      return { kind: 'specific', versions: choice.value.versions };
    case 'latest':
      return { kind: 'latest', count: Math.max(1, choice.value.numVersions) };
    default:
      return LATEST_VERSION;
  }
}

function loggingOf(name: string, logging: serving.LoggingConfig | undefined): RequestLogging | null {
  if (!logging) return null;
  const filenamePrefix = logging.logCollectorConfig?.filenamePrefix ?? '';
  const samplingRate = logging.samplingConfig?.samplingRate ?? 0;
  if (!(samplingRate >= 0 && samplingRate <= 1)) {
    throw invalidArgument(`Model ${name}: sampling_rate must be 0 to 1; got ${samplingRate}`);
  }
  const type = logging.logCollectorConfig?.type ?? '';
  if (type !== '' && type !== 'file') {
    throw new TfServingError('NOT_FOUND', `Cannot find LogCollector::Factory for type: ${type}`);
  }
  if (samplingRate === 0) return null;
  if (!path.isAbsolute(filenamePrefix)) {
    throw invalidArgument(
      `Model ${name}: filename_prefix must be an absolute path; got ${JSON.stringify(filenamePrefix)}`,
    );
  }
  return { filenamePrefix, samplingRate };
}
