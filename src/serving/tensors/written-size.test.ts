import { describe, expect, it } from 'vitest';
import type { TensorValue } from '../../contracts/index.ts';
import { writeOutputs, writePredictions } from '../json/write.ts';
import { contentsOfTensor } from '../open-inference/contents.ts';
import { jsonOfTensor } from '../open-inference/json-tensors.ts';
import { protoOfTensor } from './tensor-proto.ts';

const bytes = (count: number): TensorValue => ({ dtype: 'DT_UINT8', shape: [1, count], data: new Uint8Array(count) });
const tooMany = (count: number, form: string) =>
  expect.objectContaining({
    code: 'request_too_large',
    message: expect.stringContaining(`is [1,${count}], which are ${count} values; as ${form} at most`),
  });

describe('an output of more values than can be written', () => {
  it.each<[string, (value: TensorValue) => unknown]>([
    ['rows of TensorFlow Serving', (value) => writePredictions(new Map([['y', value]]))],
    ['columns of TensorFlow Serving', (value) => writeOutputs(new Map([['y', value]]))],
    ['Open Inference', (value) => jsonOfTensor('y', value)],
  ])('is refused as JSON: %s', (_, write) => {
    expect(() => write(bytes(8_000_001))).toThrow(tooMany(8_000_001, 'JSON'));
  });

  it.each<[string, (value: TensorValue) => unknown]>([
    ['TensorFlow Serving', (value) => protoOfTensor(value)],
    ['Open Inference', (value) => contentsOfTensor('y', value)],
  ])('is refused as a list of gRPC: %s', (_, write) => {
    expect(() => write(bytes(64_000_001))).toThrow(tooMany(64_000_001, 'a list'));
  });

  it('is sent as bytes', () => {
    expect(protoOfTensor(bytes(64_000_001), 'content').tensorContent).toHaveLength(64_000_001);
  });
});
