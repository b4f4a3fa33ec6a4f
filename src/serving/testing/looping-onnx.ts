/** @file A graph that runs for as long as a request says: `y = rounds`, counted one by one. */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { onnx } from '../../proto/index.ts';
import { ONNX, tinyOnnx } from './tiny-onnx.ts';

/** `AttributeProto.AttributeType` of ONNX. */
const GRAPH = 5;

/** `rounds` is one int64 in a row of one; `y` is it. A million takes about a second. */
export function loopingOnnx(): Uint8Array {
  const value = (name: string, type: number, shape: readonly number[]) => ({ name, type, shape });
  const body = graphOf(
    tinyOnnx(
      [value('i', ONNX.int64, []), value('on', ONNX.bool, []), value('count', ONNX.float, [])],
      [value('goesOn', ONNX.bool, []), value('next', ONNX.float, [])],
      [
        { op: 'Identity', inputs: ['on'], outputs: ['goesOn'] },
        { op: 'Add', inputs: ['count', 'one'], outputs: ['next'] },
      ],
      { one: 1 },
    ),
  );
  const loop = create(onnx.NodeProtoSchema, {
    opType: 'Loop',
    input: ['trips', '', 'zero'],
    output: ['y'],
    attribute: [create(onnx.AttributeProtoSchema, { name: 'body', type: GRAPH, g: body })],
  });
  const model = create(onnx.ModelProtoSchema, {
    irVersion: 8n,
    opsetImport: [create(onnx.OperatorSetIdProtoSchema, { domain: '', version: 17n })],
    graph: graphOf(
      tinyOnnx(
        [value('rounds', ONNX.int64, [1])],
        [value('y', ONNX.float, [])],
        [{ op: 'Squeeze', inputs: ['rounds'], outputs: ['trips'] }],
        { zero: 0 },
      ),
    ),
  });
  model.graph?.node.push(loop);
  return toBinary(onnx.ModelProtoSchema, model);
}

function graphOf(model: Uint8Array): onnx.GraphProto {
  return fromBinary(onnx.ModelProtoSchema, model).graph!;
}
