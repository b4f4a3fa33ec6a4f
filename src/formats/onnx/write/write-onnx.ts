/** @file Writes an ONNX file for other runtimes: opset chosen, with or without preprocessing, labels in its notes. */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import type { ImageShape, InputRange } from '../../../contracts/index.ts';
import { onnx } from '../../../proto/index.ts';
import { COMPILED_OPSET, setOpset } from './opset.ts';
import { addPreprocessing } from './preprocessing.ts';

export interface OnnxSource {
  /** Graph of a version, as it is served. */
  readonly graph: Uint8Array;
  readonly labels: readonly string[];
  /** Null for models that take no pictures. */
  readonly input: ImageShape | null;
  /** What the numbers of the graph's own input mean. */
  readonly inputRange: InputRange;
  /** Whether the graph was compiled here; others stay at the opset that they have. */
  readonly compiled: boolean;
}

export interface OnnxOptions {
  /** 13 to 21. Default 18. */
  readonly opset?: number;
  /** Takes uint8 pixels of any size instead of the network's own input. */
  readonly preprocessing: boolean;
}

/**
 * In the notes (`metadata_props`): `labels` as JSON, `input` as `{height, width, channels}`, `input_range` of the numbers that
 * are fed, and `preprocessing`: `inside` or what is left to do.
 * @throws `export_unsupported` when an operator cannot be written for the opset
 */
export function writeOnnx(
  { graph, labels, input, inputRange, compiled }: OnnxSource,
  options: OnnxOptions,
): Uint8Array {
  const { opset = COMPILED_OPSET, preprocessing } = options;
  const model = fromBinary(onnx.ModelProtoSchema, graph);
  const isInside = preprocessing && input !== null && compiled;
  if (isInside) addPreprocessing(model, input, inputRange);
  if (compiled) setOpset(model, opset);
  const notes: Record<string, string> = {
    ...(labels.length > 0 ? { labels: JSON.stringify(labels) } : {}),
    ...(input ? { input: JSON.stringify(input), input_range: isInside ? '0..255' : inputRange } : {}),
    ...(input ? { preprocessing: isInside ? 'inside' : OUTSIDE } : {}),
  };
  const kept = model.metadataProps.filter(({ key = '' }) => !(key in notes));
  return toBinary(onnx.ModelProtoSchema, {
    ...model,
    metadataProps: [
      ...kept,
      ...Object.entries(notes).map(([key, value]) => create(onnx.StringStringEntryProtoSchema, { key, value })),
    ],
  });
}

const OUTSIDE = 'bilinear resize with half-pixel centres and no antialiasing, rounded half to even';
