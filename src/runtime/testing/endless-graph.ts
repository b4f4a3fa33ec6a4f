/** @file A graph that never ends, or not soon. */
import { create, toBinary } from '@bufbuild/protobuf';
import { onnx } from '../../proto/index.ts';

/** @param rounds a million of them take about a second */
export function endlessGraph(rounds = 1n << 62n): Uint8Array {
  const info = (name: string, elemType: number, dims: number[]) => ({
    name,
    type: {
      value: {
        case: 'tensorType' as const,
        value: {
          elemType,
          shape: { dim: dims.map((size) => ({ value: { case: 'dimValue' as const, value: BigInt(size) } })) },
        },
      },
    },
  });
  const copy = (from: string, to: string) => ({ opType: 'Identity', input: [from], output: [to] });
  const body = {
    name: 'round',
    node: [copy('on', 'goesOn'), copy('value', 'next')],
    input: [info('i', 7, []), info('on', 9, []), info('value', 1, [1])],
    output: [info('goesOn', 9, []), info('next', 1, [1])],
  };
  const loop = {
    opType: 'Loop',
    input: ['rounds', '', 'x'],
    output: ['y'],
    attribute: [{ name: 'body', type: 5, g: body }],
  };
  const graph = {
    name: 'endless',
    node: [loop],
    input: [info('x', 1, [1])],
    output: [info('y', 1, [1])],
    initializer: [{ name: 'rounds', dataType: 7, dims: [], int64Data: [rounds] }],
  };
  const opsetImport = [{ domain: '', version: 17n }];
  return toBinary(onnx.ModelProtoSchema, create(onnx.ModelProtoSchema, { irVersion: 8n, opsetImport, graph }));
}
