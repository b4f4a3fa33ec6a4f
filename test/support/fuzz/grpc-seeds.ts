/** @file Messages of every method of both gRPC services: what the fuzz test damages. */
import { create, type DescMethod, toBinary } from '@bufbuild/protobuf';
import { DATA_TYPE_NUMBERS, inference, serving, tf } from '../../../src/proto/index.ts';

export interface GrpcSeed {
  readonly method: DescMethod;
  readonly bytes: Uint8Array;
}

const spec = (name: string, signatureName = '') => ({ name, signatureName });
const shape = (...sizes: number[]) => ({ dim: sizes.map((size) => ({ size: BigInt(size) })) });
const x = { dtype: DATA_TYPE_NUMBERS.DT_FLOAT, tensorShape: shape(2, 1), floatVal: [1, 2] };
const content = new Uint8Array(new Float32Array([0, 50, 100, 255]).buffer);
const example = create(tf.ExampleSchema, {
  features: { feature: { x: create(tf.FeatureSchema, { kind: { case: 'floatList', value: { value: [2] } } }) } },
});
const input = create(serving.InputSchema, { kind: { case: 'exampleList', value: { examples: [example] } } });

/** @param png bytes of a small picture */
export function grpcSeeds(png: Uint8Array): readonly GrpcSeed[] {
  const { method: prediction } = serving.PredictionService;
  const { method: models } = serving.ModelService;
  const { method: open } = inference.GRPCInferenceService;
  const picture = { dtype: DATA_TYPE_NUMBERS.DT_STRING, tensorShape: shape(1), stringVal: [png] };
  const pixels = { dtype: DATA_TYPE_NUMBERS.DT_FLOAT, tensorShape: shape(1, 2, 2, 1), tensorContent: content };
  const predict = (init: Parameters<typeof create<typeof serving.PredictRequestSchema>>[1]) => ({
    method: prediction.predict,
    bytes: toBinary(serving.PredictRequestSchema, create(serving.PredictRequestSchema, init)),
  });
  const task = (signature: string, kind: string) => ({
    modelSpec: spec('half', signature),
    methodName: `tensorflow/serving/${kind}`,
  });
  const seed = <M extends DescMethod>(method: M, init: object): GrpcSeed => ({
    method,
    bytes: toBinary(method.input, create(method.input, init as never)),
  });
  return [
    predict({ modelSpec: spec('half'), inputs: { x } }),
    predict({ modelSpec: spec('half', 'both'), inputs: { x }, outputFilter: ['y3'] }),
    predict({ modelSpec: spec('digits'), inputs: { input_tensor: pixels } }),
    predict({ modelSpec: spec('digits', 'serving_bytes'), inputs: { image_bytes_string: picture } }),
    predict({
      modelSpec: spec('mirror', 'DT_INT8'),
      inputs: { in: { dtype: 6, tensorShape: shape(1, 2), intVal: [1] } },
    }),
    seed(prediction.classify, { modelSpec: spec('half', 'classify_x_to_y'), input }),
    seed(prediction.regress, { modelSpec: spec('half', 'regress_x_to_y'), input }),
    seed(prediction.multiInference, {
      tasks: [task('regress_x_to_y', 'regress'), task('classify_x_to_y', 'classify')],
      input,
    }),
    seed(prediction.getModelMetadata, { modelSpec: spec('digits'), metadataField: ['signature_def'] }),
    seed(models.getModelStatus, { modelSpec: spec('digits') }),
    seed(models.handleReloadConfigRequest, {
      config: {
        config: {
          case: 'modelConfigList',
          value: { config: [{ name: 'm', basePath: '/m', versionLabels: { a: 1n } }] },
        },
      },
    }),
    seed(open.serverMetadata, {}),
    seed(open.modelReady, { name: 'half' }),
    seed(open.modelMetadata, { name: 'half', version: '1' }),
    seed(open.repositoryIndex, { ready: true }),
    seed(open.repositoryModelLoad, { modelName: 'half' }),
    seed(open.modelInfer, {
      modelName: 'half',
      id: '1',
      parameters: { signature_name: { parameterChoice: { case: 'stringParam', value: 'both' } } },
      inputs: [{ name: 'x', datatype: 'FP32', shape: [2n, 1n], contents: { fp32Contents: [1, 2] } }],
      outputs: [{ name: 'y', parameters: { classification: { parameterChoice: { case: 'int64Param', value: 1n } } } }],
    }),
    seed(open.modelInfer, {
      modelName: 'digits',
      inputs: [{ name: 'input_tensor', datatype: 'FP32', shape: [1n, 2n, 2n, 1n] }],
      rawInputContents: [content],
    }),
    seed(open.modelInfer, {
      modelName: 'mirror',
      parameters: { signature_name: { parameterChoice: { case: 'stringParam', value: 'DT_STRING' } } },
      inputs: [{ name: 'in', datatype: 'BYTES', shape: [1n, 2n] }],
      rawInputContents: [Uint8Array.of(1, 0, 0, 0, 97, 0, 0, 0, 0)],
    }),
  ];
}
