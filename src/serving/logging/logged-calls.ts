/** @file What REST and gRPC write down of a request: always the messages of gRPC. */
import { clone, create, type DescMessage, fromBinary, type MessageShape } from '@bufbuild/protobuf';
import type { TensorValue } from '../../contracts/index.ts';
import { serving, tf } from '../../proto/index.ts';
import type { ModelInUse } from '../model-in-use.ts';
import { protoOfTensor } from '../tensors/tensor-proto.ts';
import type { ScoredClass } from '../tfserving/inference.ts';
import { classificationResult, regressionResult } from '../tfserving-grpc/inference.ts';
import { predictResponse } from '../tfserving-grpc/predict.ts';
import { specOfAnswer } from '../tfserving-grpc/servable.ts';
import type { LoggedCall, RequestLogs } from './request-logs.ts';

/** Answers a call of gRPC, and writes it down when it is drawn. @throws what `answer` throws, of which nothing is written */
export async function answerLogged<I extends DescMessage, O>(
  logs: RequestLogs | null,
  model: string | undefined,
  schema: I,
  request: MessageShape<I>,
  answer: () => Promise<O>,
  callOf: (request: MessageShape<I>, response: O) => LoggedCall,
): Promise<O> {
  if (!logs || model === undefined || !logs.isDrawn(model)) return answer();
  // What is sent to the workers is given away.
  const kept = clone(schema, request);
  const response = await answer();
  logs.write(model, callOf(kept, response));
  return response;
}

type Tensors = ReadonlyMap<string, TensorValue>;

/** Called before the inputs are run, which gives them away. @returns takes the answer */
export function predictCall(model: ModelInUse, signature: string, inputs: Tensors): (outputs: Tensors) => LoggedCall {
  const request = create(serving.PredictRequestSchema, {
    modelSpec: specOfRequest(model, signature),
    inputs: Object.fromEntries([...inputs].map(([alias, value]) => [alias, protoOfTensor(value)])),
  });
  return (outputs) => ({
    case: 'predictLog',
    value: { request, response: predictResponse(model, signature, outputs) },
  });
}

export function classifyCall(
  model: ModelInUse,
  signature: string,
  examples: readonly Uint8Array[],
  classes: readonly (readonly ScoredClass[])[],
): LoggedCall {
  const response = { modelSpec: specOfAnswer(model, signature), result: classificationResult(classes) };
  return { case: 'classifyLog', value: { request: examplesRequest(model, signature, examples), response } };
}

export function regressCall(
  model: ModelInUse,
  signature: string,
  examples: readonly Uint8Array[],
  numbers: readonly number[],
): LoggedCall {
  const response = { modelSpec: specOfAnswer(model, signature), result: regressionResult(numbers) };
  return { case: 'regressLog', value: { request: examplesRequest(model, signature, examples), response } };
}

function examplesRequest(model: ModelInUse, signature: string, serialised: readonly Uint8Array[]) {
  const examples = serialised.map((bytes) => fromBinary(tf.ExampleSchema, bytes));
  const input = create(serving.InputSchema, { kind: { case: 'exampleList', value: { examples } } });
  return { modelSpec: specOfRequest(model, signature), input };
}

/** Without a version: the next one is warmed up with it, too. */
function specOfRequest({ name }: ModelInUse, signatureName: string): serving.ModelSpec {
  return create(serving.ModelSpecSchema, { name, signatureName });
}
