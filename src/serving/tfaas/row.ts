/** @file TFaaS' rows of numbers: as JSON, and as the protobuf message `tfaaspb.Row`. */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { PictorError } from '../../contracts/index.ts';
import { tfaas } from '../../proto/index.ts';

export interface TfaasRow {
  /** Empty: the server's default. */
  readonly model: string;
  readonly values: Float32Array<ArrayBuffer>;
}

/**
 * `{"keys": [...], "values": [...], "model": "..."}`; keys are not looked at. Its documents also call the model `name`.
 * @throws `invalid_request`
 */
export function rowOfJson(body: unknown): TfaasRow {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw noRow('it is no JSON object');
  const { values, model, name } = body as {
    readonly values?: unknown;
    readonly model?: unknown;
    readonly name?: unknown;
  };
  if (!Array.isArray(values)) throw noRow('it has no list "values"');
  const wrong = values.findIndex((value) => typeof value !== 'number');
  if (wrong >= 0) throw noRow(`value ${wrong} is no number`);
  const chosen = model ?? name ?? '';
  if (typeof chosen !== 'string') throw noRow('"model" is no text');
  return { model: chosen, values: Float32Array.from(values as number[]) };
}

/** @throws `invalid_request` */
export function rowOfProto(body: Uint8Array): TfaasRow {
  try {
    const { model, value } = fromBinary(tfaas.RowSchema, body);
    return { model, values: Float32Array.from(value) };
  } catch (cause) {
    throw noRow(`it is no message tfaaspb.Row (${(cause as Error).message})`);
  }
}

/** @returns a message `tfaaspb.Predictions`. The original leaves the labels empty; here they are told. */
export function protoOfScores(scores: ArrayLike<number>, labels: readonly string[]): Uint8Array {
  const prediction = Array.from(scores, (probability, index) => ({ label: labels[index] ?? '', probability }));
  return toBinary(tfaas.PredictionsSchema, create(tfaas.PredictionsSchema, { prediction }));
}

function noRow(reason: string): PictorError {
  return new PictorError('invalid_request', `unable to unmarshal Row: ${reason}`, {
    fix: 'Send {"keys": [...], "values": [...], "model": "..."}, or the message tfaaspb.Row.',
  });
}
