import { toJson } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { serving } from '../../proto/index.ts';
import { parseTextFormat } from './text-format.ts';
import { TextFormatError } from './text-tokens.ts';

const { BatchingParametersSchema, ModelServerConfigSchema, MonitoringConfigSchema, SSLConfigSchema } = serving;

const models = (text: string) => {
  const { config } = parseTextFormat(ModelServerConfigSchema, text, { model_type: { TENSORFLOW: 1 } });
  return config.case === 'modelConfigList' ? config.value.config : [];
};

describe('the text format', () => {
  it('takes a configuration of models in all its spellings', () => {
    const plain = models(`model_config_list {
      config { name: 'm' base_path: '/models/m' model_platform: 'tensorflow'
        model_version_policy { specific { versions: 42 versions: 43 } }
        version_labels { key: 'stable' value: 42 } version_labels { key: 'canary' value: 43 } } }`);
    const other = models(`# a comment { [ "
      model_config_list: < config: [ { name: "m", base_path: '/mod' "els/m"; model_platform: 'tensor\\x66low',
        model_version_policy: < specific: { versions: [ 0x2A, 053 ] } > ;
        version_labels: [ { value: 42 key: 'stable' }, { key: "canary", value: 43, } ] } ] >`);
    expect(other).toEqual(plain);
    expect(plain[0].versionLabels).toEqual({ stable: 42n, canary: 43n });
    expect(plain[0].modelVersionPolicy?.policyChoice.value).toMatchObject({ versions: [42n, 43n] });
  });

  it('takes wrapped numbers, booleans and texts', () => {
    const text = `max_batch_size { value: 128 } batch_timeout_micros: { value: 0 } thread_pool_name < value: "t" >
      allowed_batch_sizes: [8, 16] allowed_batch_sizes: 128 pad_variable_length_inputs: t
      enable_large_batch_splitting { value: True }`;
    expect(toJson(BatchingParametersSchema, parseTextFormat(BatchingParametersSchema, text))).toEqual({
      maxBatchSize: '128',
      batchTimeoutMicros: '0',
      threadPoolName: 't',
      allowedBatchSizes: ['8', '16', '128'],
      padVariableLengthInputs: true,
      enableLargeBatchSplitting: true,
    });
  });

  it('reads escapes as C does', () => {
    const text = String.raw`server_key: "a\nb\t\\\'\"\x41\101\u00e9\U0001F600" 'x' server_cert: ''`;
    const { serverKey, serverCert } = parseTextFormat(SSLConfigSchema, text);
    expect([serverKey, serverCert]).toEqual(['a\nb\t\\\'"AAé😀x', '']);
  });

  it('takes the choice without members, and nothing at all', () => {
    const [model] = models('model_config_list { config { model_version_policy { all {} } } }');
    expect(model.modelVersionPolicy?.policyChoice.case).toBe('all');
    expect(models('')).toEqual([]);
  });

  it.each([
    ['nothing: 1', '1:1: Message type "tensorflow.serving.ModelServerConfig" has no field named "nothing".'],
    ['model_config_list { config { name: 1 } }', '1:36: Expected string, got: 1'],
    ['model_config_list {\n\tconfig { name "m" } }', '2:23: Expected ":", found ""m"".'],
    ['model_config_list { config { name: "m" }', '1:41: Expected identifier, got: '],
    ['model_config_list { config { } >', '1:32: Expected "}", found ">".'],
    ['model_config_list { config { name: "a\nb" } }', '1:36: String literals cannot cross line boundaries.'],
    ['model_config_list { config { name: "\\q" } }', '1:36: Invalid escape sequence in string literal.'],
    [
      'model_config_list { config { name: "a" name: "b" } }',
      '1:44: Non-repeated field "name" is specified multiple times.',
    ],
    [
      'model_config_list { config { model_version_policy { all {} latest {} } } }',
      '1:67: Field "latest" is specified along with field "all", another member of oneof "policy_choice".',
    ],
    [
      'model_config_list { config { model_version_policy { latest { num_versions: -1 } } } }',
      '1:77: Integer out of range (1)',
    ],
    [
      'model_config_list { config { version_labels { key: "a" value: 9223372036854775808 } } }',
      '1:63: Integer out of range (9223372036854775808)',
    ],
    ['model_config_list { config { version_labels { key: "a" value: 1.5 } } }', '1:63: Expected integer, got: 1.5'],
    [
      'model_config_list { config { model_type: WRONG } }',
      '1:42: Unknown enumeration value of "WRONG" for field "model_type".',
    ],
    ['{"json": 1}', '1:1: Expected identifier, got: {'],
  ])('says what is wrong with %j, and where', (text, expected) => {
    let told = '';
    try {
      models(text);
    } catch (error) {
      if (error instanceof TextFormatError) told = `${error.line}:${error.column}: ${error.message}`;
    }
    expect(told).toBe(expected);
  });

  it('says which value a boolean cannot have', () => {
    expect(() => parseTextFormat(MonitoringConfigSchema, 'prometheus_config { enable: yes }')).toThrow(
      'Invalid value for boolean field "enable". Value: "yes".',
    );
  });

  it('does not descend without end', () => {
    const deep = `model_config_list ${'{ config '.repeat(5000)}`;
    expect(() => models(deep)).toThrow(TextFormatError);
  });
});
