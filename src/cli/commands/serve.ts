/** @file `pictor serve`: models in folders behind TensorFlow Serving's protocols, with its flags. */
import path from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { ModelServerOptions } from '../../server/index.ts';
import { packageVersion, startModelServer } from '../../server/index.ts';
import { basePathNotes } from '../base-path-notes.ts';
import { interruption } from '../context.ts';
import { decimalNumber, wholeNumber } from '../options.ts';
import { Output } from '../output.ts';
import { type FlagRule, propertyOf, SERVE_FLAGS, type ServeFlag } from '../serve-flags.ts';
import { servingFlags, withServingOptions } from '../serving-options.ts';

/** Values by the flags' names; what was not given is left out. */
type Given = Partial<Record<ServeFlag, string | number | boolean>>;

export function serveCommand(): Command {
  const command = new Command('serve')
    .description(
      "Serves models from folders over REST and gRPC, with TensorFlow Serving's flags. Ctrl-C lets running requests end and stops.",
    )
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--tls-cert <file>', 'certificate of REST, PEM (gRPC: --ssl_config_file)')
    .option('--tls-key <file>', 'its key, PEM')
    .version(`Pictor: ${packageVersion()}`, '--version', 'show the version')
    .option('--json', 'one JSON object a line on stdout, logs on stderr')
    .addHelpText('after', EXAMPLES);
  withServingOptions(command);
  for (const [flag, rule] of Object.entries<FlagRule>(SERVE_FLAGS)) command.addOption(optionOf(flag, rule));
  return command.action(async (options: Record<string, string | number | boolean | undefined>) => {
    const given = givenFlags(options);
    const output = new Output({ json: options.json === true });
    refuse(command, given, (text) => output.note(text));
    const { signal, done } = interruption(() => output.note('Stopping...'));
    const served = serverOptions(command, given);
    if (served.model) for (const text of await basePathNotes(served.model)) output.note(text);
    const server = await startModelServer({
      ...served,
      host: String(options.host),
      serving: servingFlags(options),
      ...(options.tlsCert === undefined ? {} : { tlsCertificate: String(options.tlsCert) }),
      ...(options.tlsKey === undefined ? {} : { tlsKey: String(options.tlsKey) }),
    });
    output.event({ type: 'ready', url: server.url, grpc: server.grpcAddress, pid: process.pid });
    // The words of TensorFlow Serving's own log, which scripts wait for.
    if (server.grpcAddress) output.note(`Running gRPC ModelServer at ${server.grpcAddress} ...`);
    if (server.url) output.note(`Exporting HTTP/REST API at:${server.url.replace(/^https?:\/\//, '')} ...`);
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener('abort', () => resolve());
    });
    await server.close();
    done();
  });
}

/** With dashes, as all of Pictor's; the other spelling was turned into it. */
function optionOf(flag: string, rule: FlagRule): Option {
  const name = `--${flag.replaceAll('_', '-')}`;
  if (rule.support !== 'yes') {
    const value = rule.kind === 'switch' ? '[true|false]' : '<value>';
    return new Option(`${name} ${value}`).hideHelp().argParser(parserOf(rule));
  }
  const { kind, summary, here } = rule;
  const value = { text: '<text>', integer: '<n>', number: '<x>', switch: '[true|false]' }[kind];
  const standard = here ?? rule.default;
  const shown = standard === '' || standard === false ? '' : ` (default: ${standard})`;
  return new Option(`${name} ${value}`, summary + shown).argParser(parserOf(rule));
}

function parserOf({ kind }: FlagRule): (text: string) => string | number | boolean {
  switch (kind) {
    case 'text':
      return (text) => text;
    case 'switch':
      return (text) => {
        if (text === 'true' || text === 'false') return text === 'true';
        throw new InvalidArgumentError('It must be true or false.');
      };
    case 'integer':
      return wholeNumber;
    case 'number':
      return decimalNumber;
  }
}

function givenFlags(options: Readonly<Record<string, string | number | boolean | undefined>>): Given {
  const flags = Object.keys(SERVE_FLAGS) as ServeFlag[];
  return Object.fromEntries(
    flags.map((flag) => [flag, options[propertyOf(flag)]]).filter(([, value]) => value !== undefined),
  );
}

/** Says of flags that do nothing that they do nothing, and stops at those that would change answers. */
function refuse(command: Command, given: Given, note: (text: string) => void): void {
  for (const [flag, value] of Object.entries(given)) {
    const rule: FlagRule = SERVE_FLAGS[flag as ServeFlag];
    if (rule.support === 'yes' || value === rule.default) continue;
    if (rule.support === 'refused') {
      command.error(`error: --${flag} is not supported, because ${rule.because}.`, { exitCode: 2 });
    }
    note(`--${flag} has no effect, because ${rule.because}.`);
  }
}

function serverOptions(command: Command, given: Given): ModelServerOptions {
  const fail = (text: string): never => command.error(`error: ${text}`, { exitCode: 2 });
  const number = (flag: ServeFlag, standard: number): number => (given[flag] as number | undefined) ?? standard;
  const text = (flag: ServeFlag): string => (given[flag] as string | undefined) ?? '';
  const isOn = (flag: ServeFlag): boolean => (given[flag] ?? SERVE_FLAGS[flag].default) === true;
  const port = (flag: 'port' | 'rest_api_port', standard: number): number | null => {
    const value = number(flag, standard);
    if (value < 0 || value > 65_535) fail(`--${flag} must be a port, 0 to 65535.`);
    return value === 0 ? null : value;
  };
  const atLeast = (flag: ServeFlag, least: number): number => {
    const value = number(flag, SERVE_FLAGS[flag].default as number);
    if (value < least) fail(`--${flag} must be ${least} or more.`);
    return value;
  };
  const grpcPort = port('port', 8500);
  const restPort = port('rest_api_port', 8501);
  const grpcSocketPath = text('grpc_socket_path') || null;
  if (grpcPort === null && grpcSocketPath === null && restPort === null) {
    fail('At least one of --port, --grpc_socket_path and --rest_api_port must be set.');
  }
  if (grpcPort !== null && grpcPort === restPort) {
    fail('The flag --rest_api_port cannot be same as --port. Please use a different port for HTTP/REST API.');
  }
  if (text('batching_parameters_file') !== '' && !isOn('enable_batching')) {
    fail('The flag --batching_parameters_file is set without setting --enable_batching to true.');
  }
  return {
    grpcPort,
    grpcSocketPath,
    restPort,
    ...modelsOf(given, fail),
    configPollSeconds: atLeast('model_config_file_poll_wait_seconds', 0),
    filePollSeconds: number('file_system_poll_wait_seconds', 1),
    restTimeoutMs: atLeast('rest_api_timeout_in_ms', 1),
    cors: isOn('rest_api_enable_cors_support'),
    batching: isOn('enable_batching'),
    batchingFile: text('batching_parameters_file') || null,
    monitoringFile: text('monitoring_config_file') || null,
    sslFile: text('ssl_config_file') || null,
    allowLabelsForUnavailable: isOn('allow_version_labels_for_unavailable_models'),
    maxLoadRetries: atLeast('max_num_load_retries', 0),
    loadRetryMs: atLeast('load_retry_interval_micros', 0) / 1000,
    warmUp: isOn('enable_model_warmup'),
    warmUpIterations: Math.max(1, atLeast('num_request_iterations_for_warmup', 0)),
    tensorContent: isOn('enable_serialization_as_tensor_content'),
  };
}

/** The file counts more than name and folder, these more than the variables of TensorFlow Serving's image. */
function modelsOf(given: Given, fail: (text: string) => never): Pick<ModelServerOptions, 'configFile' | 'model'> {
  if (given.model_config_file) return { configFile: path.resolve(String(given.model_config_file)), model: null };
  const { MODEL_NAME, MODEL_BASE_PATH } = process.env;
  const name = String(given.model_name ?? MODEL_NAME ?? (MODEL_BASE_PATH ? 'model' : 'default'));
  if (name === '') fail('The flag --model_name is empty.');
  const folder = given.model_base_path ?? (MODEL_BASE_PATH ? path.join(MODEL_BASE_PATH, name) : '');
  if (folder === '') fail('Both --model_base_path and --model_config_file are empty!');
  return { configFile: null, model: { name, basePath: path.resolve(String(folder)) } };
}

const EXAMPLES = `
All of TensorFlow Serving's flags are known, spelt with dashes or as there:
--rest_api_port=8501, --rest-api-port 8501. Those that are not listed say why
they do nothing here, or are refused. docs/tensorflow-serving.md has them all.

Examples:
  pictor serve --model_name=half_plus_two --model_base_path=/models/half_plus_two
  pictor serve --host 0.0.0.0 --rest_api_port 8501 --model_config_file models.config
  MODEL_NAME=digits MODEL_BASE_PATH=/models pictor serve`;
