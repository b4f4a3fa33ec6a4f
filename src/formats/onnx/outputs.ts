/** @file Outputs that are no tensors: classifiers of scikit-learn give a list of maps from label to probability. */
import { create } from '@bufbuild/protobuf';
import { onnx } from '../../proto/index.ts';

export interface CutOutput {
  /** As the file names the output. */
  readonly name: string;
  /** The tensor in the graph that holds its numbers. */
  readonly node: string;
  /** In the order of the tensor's columns. */
  readonly labels: readonly string[];
}

const FLOAT = 1;

/**
 * Replaces every ZipMap that makes an output by the tensor that goes into it, `[n, classes]`, and removes other outputs
 * that are no tensors. Changes `graph`.
 * @returns what was replaced, and the names of what was removed
 */
export function cutMaps(graph: onnx.GraphProto): {
  readonly cut: readonly CutOutput[];
  readonly removed: readonly string[];
} {
  const cut: CutOutput[] = [];
  const removed: string[] = [];
  graph.output = graph.output.flatMap((output) => {
    if (output.type?.value.case === 'tensorType' || output.type?.value.case === undefined) return [output];
    const name = output.name ?? '';
    const maker = graph.node.find((node) => node.output.includes(name));
    if (maker?.opType !== 'ZipMap' || !maker.input[0]) {
      removed.push(name);
      return [];
    }
    const labels = zipMapLabels(maker);
    graph.node = graph.node.filter((node) => node !== maker);
    cut.push({ name, node: maker.input[0], labels });
    return [floatRows(maker.input[0], labels.length)];
  });
  return { cut, removed };
}

function zipMapLabels({ attribute }: onnx.NodeProto): string[] {
  const texts = attribute.find(({ name }) => name === 'classlabels_strings')?.strings ?? [];
  if (texts.length > 0) return texts.map((text) => new TextDecoder().decode(text));
  return (attribute.find(({ name }) => name === 'classlabels_int64s')?.ints ?? []).map(String);
}

function floatRows(name: string, columns: number): onnx.ValueInfoProto {
  const dim = [
    { value: { case: 'dimParam', value: 'n' } },
    { value: { case: 'dimValue', value: BigInt(columns) } },
  ] as const;
  return create(onnx.ValueInfoProtoSchema, {
    name,
    type: {
      value: { case: 'tensorType', value: { elemType: FLOAT, shape: { dim: dim.map(({ value }) => ({ value })) } } },
    },
  });
}
