/** @file REST's `:predict`: any signature, rows or columns. */
import { PictorError, type TensorValue } from '../../contracts/index.ts';
import { NoJsonForm, type OutputTensors, writeOutputs, writePredictions } from '../json/write.ts';
import { predictCall } from '../logging/logged-calls.ts';
import type { RequestLogs } from '../logging/request-logs.ts';
import type { ModelInUse, RunOptions } from '../model-in-use.ts';
import { typeText } from './json-tensors.ts';
import { type RequestDocument, readPredictBody } from './request.ts';
import { invalidArgument } from './status.ts';

export interface RestOptions extends RunOptions {
  readonly logs: RequestLogs | null;
}

/** @returns the answer's body @throws TfServingError, and what the model throws */
export async function predictRest(model: ModelInUse, document: RequestDocument, options: RestOptions): Promise<string> {
  const { signature } = document;
  if (!Object.hasOwn(model.signatures, signature)) {
    throw invalidArgument(`Serving signature name: "${signature}" not found in signature def`);
  }
  const { inputs: infos } = model.signatures[signature];
  if (Object.keys(infos).length === 0) {
    throw invalidArgument(`Failed to get input map for signature: ${signature}`);
  }
  const { format, inputs } = readPredictBody(document, infos);
  const { logs, ...running } = options;
  const callOf = logs?.isDrawn(model.name) ? predictCall(model, signature, inputs) : null;
  const outputs = await run(model, signature, inputs, running);
  if (callOf) logs?.write(model.name, callOf(outputs));
  if (outputs.size === 0) throw invalidArgument('Cannot convert empty tensor map to JSON');
  return format === 'row' ? asRows(outputs) : written(outputs, writeOutputs);
}

/** Rows need the same number of them in every output. */
function asRows(outputs: OutputTensors): string {
  let expected: number | undefined;
  for (const [name, { shape }] of outputs) {
    if (shape.length === 0) throw invalidArgument(`Tensor name: ${name} has no shape information `);
    expected ??= shape[0];
    if (shape[0] === expected) continue;
    throw invalidArgument(`Tensor name: ${name} has inconsistent batch size: ${shape[0]} expecting: ${expected}`);
  }
  return written(outputs, writePredictions);
}

function written(outputs: OutputTensors, write: (outputs: OutputTensors) => string): string {
  try {
    return write(outputs);
  } catch (error) {
    if (!(error instanceof NoJsonForm)) throw error;
    throw invalidArgument(`Failed to write JSON value for tensor type: ${typeText(error.dtype)}`);
  }
}

async function run(
  model: ModelInUse,
  signature: string,
  inputs: ReadonlyMap<string, TensorValue>,
  options: RunOptions,
): Promise<OutputTensors> {
  try {
    return await model.run(signature, inputs, options);
  } catch (error) {
    if (!(error instanceof PictorError)) throw error;
    if (error.code === 'input_shape_mismatch') {
      const { input, got, expected } = error.details as { input: string; got: number[]; expected: number[] };
      throw invalidArgument(`Input tensor ${input} has shape [${got}], but the signature expects [${expected}]`);
    }
    if (error.code !== 'image_invalid' && error.code !== 'image_too_large') throw error;
    const [name] = inputs.keys();
    throw invalidArgument(`Input tensor ${name} of signature ${signature}: ${error.message} ${error.fix}`);
  }
}
