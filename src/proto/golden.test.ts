import { create, type DescMessage, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { AnySchema, anyPack } from '@bufbuild/protobuf/wkt';
import { describe, expect, it } from 'vitest';
import { DATA_TYPE_NUMBERS, inference, serving, tf } from './index.ts';
import { GOLDEN } from './testing/golden.ts';

const { DT_FLOAT, DT_STRING } = DATA_TYPE_NUMBERS;
const version3 = { case: 'version', value: { value: 3n } } as const;
const spec = { name: 'mnist', versionChoice: version3, signatureName: 'serving_default' };
const row = (...sizes: number[]) => ({ dim: sizes.map((size) => ({ size: BigInt(size) })) });
const little = (...values: number[]) => new Uint8Array(new Float32Array(values).buffer);

const content = {
  modelSpec: spec,
  inputs: { images: { dtype: DT_FLOAT, tensorShape: row(1, 2), tensorContent: little(1, 2) } },
  outputFilter: ['scores'],
};
const tensor = (name: string, size: number, node: string) => ({
  [name]: {
    encoding: { case: 'name', value: node } as const,
    dtype: DT_FLOAT,
    tensorShape: row(-1, size),
  },
});
const signatures = create(serving.SignatureDefMapSchema, {
  signatureDef: {
    serving_default: {
      inputs: tensor('images', 784, 'x:0'),
      outputs: tensor('scores', 10, 'y:0'),
      methodName: 'tensorflow/serving/predict',
    },
  },
});

/** What the descriptors' owner encoded, and the same message built from the protocol's description. */
const CASES = [
  golden('predictRequest', serving.PredictRequestSchema, {
    ...content,
    inputs: { images: { dtype: DT_FLOAT, tensorShape: row(1, 2), floatVal: [1, 2] } },
  }),
  golden('predictRequestContent', serving.PredictRequestSchema, content),
  golden('predictRequestLabel', serving.PredictRequestSchema, {
    modelSpec: { name: 'mnist', versionChoice: { case: 'versionLabel', value: 'stable' } },
    inputs: {
      image_bytes: { dtype: DT_STRING, tensorShape: row(1), stringVal: [new Uint8Array([0x89, 0x50, 0x4e, 0x47])] },
    },
  }),
  golden('predictResponse', serving.PredictResponseSchema, {
    modelSpec: spec,
    outputs: { scores: { dtype: DT_FLOAT, tensorShape: row(1, 2), floatVal: [0.25, 0.75] } },
  }),
  golden('classificationRequest', serving.ClassificationRequestSchema, {
    modelSpec: { name: 'mnist' },
    input: {
      kind: {
        case: 'exampleList',
        value: { examples: [{ features: { feature: { x: { kind: { case: 'floatList', value: { value: [2] } } } } } }] },
      },
    },
  }),
  golden('classificationResponse', serving.ClassificationResponseSchema, {
    result: { classifications: [{ classes: [{ label: 'cat', score: 0.75 }] }] },
    modelSpec: spec,
  }),
  golden('statusResponse', serving.GetModelStatusResponseSchema, {
    modelVersionStatus: [{ version: 3n, state: serving.VERSION_STATES.AVAILABLE, status: {} }],
  }),
  golden('metadataRequest', serving.GetModelMetadataRequestSchema, {
    modelSpec: { name: 'mnist' },
    metadataField: ['signature_def'],
  }),
  golden('metadataResponse', serving.GetModelMetadataResponseSchema, {
    modelSpec: { name: 'mnist', versionChoice: version3 },
    metadata: { signature_def: anyPack(serving.SignatureDefMapSchema, signatures) },
  }),
  golden('reloadRequest', serving.ReloadConfigRequestSchema, {
    config: {
      config: {
        case: 'modelConfigList',
        value: {
          config: [
            {
              name: 'mnist',
              basePath: '/models/mnist',
              modelPlatform: 'tensorflow',
              modelVersionPolicy: { policyChoice: { case: 'specific', value: { versions: [1n, 2n] } } },
              versionLabels: { stable: 1n },
            },
          ],
        },
      },
    },
  }),
  golden('reloadResponse', serving.ReloadConfigResponseSchema, { status: {} }),
  golden('predictionLog', serving.PredictionLogSchema, {
    logType: { case: 'predictLog', value: { request: content } },
  }),
  golden('inferRequest', inference.ModelInferRequestSchema, {
    modelName: 'mnist',
    id: '42',
    inputs: [{ name: 'images', datatype: 'FP32', shape: [1n, 2n], contents: { fp32Contents: [1, 2] } }],
  }),
  golden('inferRequestRaw', inference.ModelInferRequestSchema, {
    modelName: 'mnist',
    id: '42',
    inputs: [{ name: 'images', datatype: 'FP32', shape: [1n, 2n] }],
    rawInputContents: [little(1, 2)],
  }),
  golden('inferResponseRaw', inference.ModelInferResponseSchema, {
    modelName: 'mnist',
    modelVersion: '3',
    id: '42',
    outputs: [{ name: 'scores', datatype: 'FP32', shape: [1n, 2n] }],
    rawOutputContents: [little(0.25, 0.75)],
  }),
  golden('inferRequestClassification', inference.ModelInferRequestSchema, {
    modelName: 'm',
    outputs: [
      { name: 'scores', parameters: { classification: { parameterChoice: { case: 'int64Param', value: 2n } } } },
    ],
  }),
];

describe('golden bytes', () => {
  it.each(CASES)('$name decodes, and encodes to the same bytes', ({ check }) => check());

  it('a record of a warm-up file holds the log as it is', () => {
    expect(GOLDEN.predictionLogRecord.slice(24, -8)).toBe(GOLDEN.predictionLog);
  });

  it('signatures are packed as the reference names them', () => {
    const { metadata } = fromBinary(serving.GetModelMetadataResponseSchema, bytes('metadataResponse'));
    const { typeUrl, value } = metadata.signature_def;
    expect(typeUrl).toBe('type.googleapis.com/tensorflow.serving.SignatureDefMap');
    expect(fromBinary(serving.SignatureDefMapSchema, value)).toEqual(signatures);
    expect(toBinary(AnySchema, metadata.signature_def).length).toBe(184);
  });

  it('an example among them is read as one', () => {
    const { input } = fromBinary(serving.ClassificationRequestSchema, bytes('classificationRequest'));
    const list = input?.kind.case === 'exampleList' ? input.kind.value.examples : [];
    expect(Buffer.from(toBinary(tf.ExampleSchema, list[0])).toString('hex')).toBe('0a0f0a0d0a0178120812060a0400000040');
  });
});

function bytes(name: keyof typeof GOLDEN): Uint8Array {
  return new Uint8Array(Buffer.from(GOLDEN[name], 'hex'));
}

function golden<T extends DescMessage>(name: keyof typeof GOLDEN, schema: T, init: MessageInitShape<T>) {
  return {
    name,
    check() {
      const message = create(schema, init);
      expect(fromBinary(schema, bytes(name))).toEqual(message);
      expect(Buffer.from(toBinary(schema, message)).toString('hex')).toBe(GOLDEN[name]);
      expect(Buffer.from(toBinary(schema, fromBinary(schema, bytes(name)))).toString('hex')).toBe(GOLDEN[name]);
    },
  };
}
