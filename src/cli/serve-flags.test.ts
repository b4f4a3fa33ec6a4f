import { describe, expect, it } from 'vitest';
import { type FlagRule, propertyOf, SERVE_FLAGS, withDashes } from './serve-flags.ts';

describe('flags of TensorFlow Serving', () => {
  it.each([
    ['--rest_api_port=8501', '--rest-api-port=8501'],
    ['--rest_api_port', '--rest-api-port'],
    ['--model_base_path=/my_models/a_b', '--model-base-path=/my_models/a_b'],
    ['/my_models', '/my_models'],
    ['-h', '-h'],
    ['--', '--'],
  ])('%s is %s', (given, expected) => {
    expect(withDashes(given)).toBe(expected);
  });

  it('are called as commander calls its options', () => {
    expect(propertyOf('rest_api_timeout_in_ms')).toBe('restApiTimeoutInMs');
    expect(propertyOf('port')).toBe('port');
  });

  it('say why, where they do nothing', () => {
    for (const [flag, rule] of Object.entries<FlagRule>(SERVE_FLAGS)) {
      expect([flag, rule.support === 'yes' ? rule.summary : rule.because]).toEqual([
        flag,
        expect.stringMatching(/.{10}/),
      ]);
    }
  });

  // Source: the reference's table of flags of tensorflow_model_server 2.20.
  it('are all known', () => {
    const known = `port grpc_socket_path rest_api_port rest_api_num_threads rest_api_timeout_in_ms
      rest_api_enable_cors_support enable_batching batching_parameters_file enable_per_model_batching_parameters
      allow_version_labels_for_unavailable_models model_config_file model_config_file_poll_wait_seconds model_name
      model_base_path num_load_threads num_unload_threads max_num_load_retries load_retry_interval_micros
      file_system_poll_wait_seconds flush_filesystem_caches tensorflow_session_parallelism
      tensorflow_intra_op_parallelism tensorflow_inter_op_parallelism tensorflow_session_config_file
      platform_config_file thread_pool_factory_config_file use_alts_credentials ssl_config_file
      per_process_gpu_memory_fraction saved_model_tags grpc_channel_arguments grpc_max_threads enable_model_warmup
      num_request_iterations_for_warmup monitoring_config_file remove_unused_fields_from_bundle_metagraph
      prefer_tflite_model num_tflite_pools num_tflite_interpreters_per_pool enable_signature_method_name_check
      xla_cpu_compilation_enabled xla_gpu_compilation_enabled enable_profiler mixed_precision skip_initialize_tpu
      enable_grpc_healthcheck_service enable_serialization_as_tensor_content`;
    expect(Object.keys(SERVE_FLAGS).sort()).toEqual(known.split(/\s+/).sort());
  });
});
