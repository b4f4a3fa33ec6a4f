/** @file The flags of TensorFlow Serving's `tensorflow_model_server`: which `pictor serve` has, and why it has no others. */

/** What a flag's value is. */
export type FlagKind = 'text' | 'integer' | 'number' | 'switch';

interface FlagFacts {
  readonly kind: FlagKind;
  /** There and here, unless `here` says otherwise. */
  readonly default: string | number | boolean;
}

export type FlagRule = FlagFacts &
  (
    | { readonly support: 'yes'; readonly summary: string; readonly here?: string | number }
    /** Taken, so that a command line goes on working; nothing that a client sees depends on it. */
    | { readonly support: 'ignored'; readonly because: string }
    /** Another value than the default would change answers: it is refused. */
    | { readonly support: 'refused'; readonly because: string }
  );

const SESSION = 'Pictor runs ONNX graphs in worker threads, one a core; PICTOR_INFERENCE_THREADS sets their number';
const EVENTS = 'connections are served by one event loop and need no threads';
const MANAGER = 'versions are loaded beside the requests, one after the other';
const TFLITE = 'Pictor reads no TensorFlow Lite models';
const NO_XLA = 'graphs are run by ONNX Runtime, which has no XLA';
const NO_GPU = 'Pictor computes on the CPU';
const RUNTIME_CONFIG = 'it configures the TensorFlow runtime, and graphs are run by ONNX Runtime';

/** By TensorFlow Serving's names. Source: `tensorflow_serving/model_servers/main.cc`. */
export const SERVE_FLAGS = {
  port: { kind: 'integer', default: 8500, support: 'yes', summary: 'port of gRPC; 0: none' },
  grpc_socket_path: { kind: 'text', default: '', support: 'yes', summary: 'Unix socket of gRPC, beside the port' },
  rest_api_port: { kind: 'integer', default: 0, here: 8501, support: 'yes', summary: 'port of REST; 0: none' },
  rest_api_num_threads: { kind: 'integer', default: 0, support: 'ignored', because: EVENTS },
  rest_api_timeout_in_ms: {
    kind: 'integer',
    default: 30_000,
    support: 'yes',
    summary: 'longest time for a REST request, in milliseconds',
  },
  rest_api_enable_cors_support: {
    kind: 'switch',
    default: false,
    support: 'yes',
    summary: 'pages of other sites may call REST and read its answers',
  },
  enable_batching: {
    kind: 'switch',
    default: false,
    support: 'yes',
    summary: "batch by TensorFlow Serving's parameters instead of Pictor's own measurements",
  },
  batching_parameters_file: {
    kind: 'text',
    default: '',
    support: 'yes',
    summary: 'BatchingParameters in text format; needs --enable_batching',
  },
  enable_per_model_batching_parameters: {
    kind: 'switch',
    default: false,
    support: 'refused',
    because: 'the parameters are the same for all models; leave --enable_batching out to have each model measured',
  },
  allow_version_labels_for_unavailable_models: {
    kind: 'switch',
    default: false,
    support: 'yes',
    summary: 'a new label may point at a version that is not loaded yet',
  },
  model_config_file: {
    kind: 'text',
    default: '',
    support: 'yes',
    summary: 'ModelServerConfig in text format: several models; then --model_name and --model_base_path do not count',
  },
  model_config_file_poll_wait_seconds: {
    kind: 'integer',
    default: 0,
    support: 'yes',
    summary: 'how often the configuration is read again, in seconds; 0: never',
  },
  model_name: {
    kind: 'text',
    default: 'default',
    support: 'yes',
    summary: 'name under which --model_base_path is served (environment: MODEL_NAME)',
  },
  model_base_path: {
    kind: 'text',
    default: '',
    support: 'yes',
    summary: 'folder with one folder a version (environment: MODEL_BASE_PATH, the folder above it)',
  },
  num_load_threads: { kind: 'integer', default: 0, support: 'ignored', because: MANAGER },
  num_unload_threads: { kind: 'integer', default: 0, support: 'ignored', because: MANAGER },
  max_num_load_retries: {
    kind: 'integer',
    default: 5,
    support: 'yes',
    summary: 'how often a version that cannot be loaded is tried again',
  },
  load_retry_interval_micros: {
    kind: 'integer',
    default: 60_000_000,
    support: 'yes',
    summary: 'time between these tries, in microseconds',
  },
  file_system_poll_wait_seconds: {
    kind: 'integer',
    default: 1,
    support: 'yes',
    summary: 'how often folders are looked at for versions, in seconds; 0: once, negative: never',
  },
  flush_filesystem_caches: {
    kind: 'switch',
    default: true,
    support: 'ignored',
    because: 'the system gives the cache of files back when memory is short',
  },
  tensorflow_session_parallelism: { kind: 'integer', default: 0, support: 'ignored', because: SESSION },
  tensorflow_intra_op_parallelism: { kind: 'integer', default: 0, support: 'ignored', because: SESSION },
  tensorflow_inter_op_parallelism: { kind: 'integer', default: 0, support: 'ignored', because: SESSION },
  tensorflow_session_config_file: { kind: 'text', default: '', support: 'refused', because: RUNTIME_CONFIG },
  platform_config_file: { kind: 'text', default: '', support: 'refused', because: RUNTIME_CONFIG },
  thread_pool_factory_config_file: { kind: 'text', default: '', support: 'refused', because: RUNTIME_CONFIG },
  use_alts_credentials: {
    kind: 'switch',
    default: false,
    support: 'refused',
    because: "ALTS exists inside of Google's cloud alone; --ssl_config_file gives TLS",
  },
  ssl_config_file: { kind: 'text', default: '', support: 'yes', summary: 'SSLConfig in text format: TLS for gRPC' },
  per_process_gpu_memory_fraction: { kind: 'number', default: 0, support: 'ignored', because: NO_GPU },
  saved_model_tags: {
    kind: 'text',
    default: 'serve',
    support: 'refused',
    because: 'of a SavedModel the graph for serving is read',
  },
  grpc_channel_arguments: {
    kind: 'text',
    default: '',
    support: 'ignored',
    because: 'they are arguments of the C++ library; PICTOR_MAX_REQUEST_BYTES bounds the length of a message',
  },
  grpc_max_threads: { kind: 'integer', default: 0, support: 'ignored', because: EVENTS },
  enable_model_warmup: {
    kind: 'switch',
    default: true,
    support: 'yes',
    summary: 'replay the requests in assets.extra/tf_serving_warmup_requests before a version is available',
  },
  num_request_iterations_for_warmup: {
    kind: 'integer',
    default: 0,
    support: 'yes',
    summary: 'how often each of them is replayed; 0: once',
  },
  monitoring_config_file: {
    kind: 'text',
    default: '',
    support: 'yes',
    summary: "MonitoringConfig in text format: TensorFlow Serving's Prometheus page",
  },
  remove_unused_fields_from_bundle_metagraph: {
    kind: 'switch',
    default: true,
    support: 'ignored',
    because: 'of a SavedModel only what is used is kept',
  },
  prefer_tflite_model: { kind: 'switch', default: false, support: 'refused', because: TFLITE },
  num_tflite_pools: { kind: 'integer', default: 0, support: 'ignored', because: TFLITE },
  num_tflite_interpreters_per_pool: { kind: 'integer', default: 1, support: 'ignored', because: TFLITE },
  enable_signature_method_name_check: {
    kind: 'switch',
    default: false,
    support: 'refused',
    because: 'classify and regress look at what a signature takes and gives, not at what it calls itself',
  },
  xla_cpu_compilation_enabled: { kind: 'switch', default: false, support: 'ignored', because: NO_XLA },
  xla_gpu_compilation_enabled: { kind: 'switch', default: false, support: 'ignored', because: NO_XLA },
  enable_profiler: {
    kind: 'switch',
    default: true,
    support: 'ignored',
    because: "there is no TensorFlow profiler; `node --cpu-prof` and OpenTelemetry's spans show where time goes",
  },
  mixed_precision: { kind: 'text', default: '', support: 'refused', because: 'graphs are run in their own precision' },
  skip_initialize_tpu: { kind: 'switch', default: false, support: 'ignored', because: NO_GPU },
  enable_grpc_healthcheck_service: {
    kind: 'switch',
    default: false,
    support: 'ignored',
    because: 'the health service is always there',
  },
  enable_serialization_as_tensor_content: {
    kind: 'switch',
    default: false,
    support: 'yes',
    summary: 'gRPC answers with raw bytes instead of lists of numbers',
  },
} as const satisfies Readonly<Record<string, FlagRule>>;

export type ServeFlag = keyof typeof SERVE_FLAGS;

/** `rest_api_port` as commander's options are called: `restApiPort`. */
export function propertyOf(flag: string): string {
  return flag.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}

/** `--rest_api_port=1` as `--rest-api-port=1`: both spellings are taken. */
export function withDashes(argument: string): string {
  const match = /^--([^=]+)(=.*)?$/s.exec(argument);
  return match ? `--${match[1].replaceAll('_', '-')}${match[2] ?? ''}` : argument;
}
