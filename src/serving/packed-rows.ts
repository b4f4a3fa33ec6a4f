/** @file All outputs of a graph for one picture in one row, so that whatever batches rows need not know them. */
import { LAYER_OUTPUT, servedLayers } from '../nn/index.ts';
import type { BatchOutput } from '../runtime/index.ts';
import { layerShape, type PictureManifest } from './signatures.ts';

/** Where a layer's numbers are in a row; probabilities come first. */
export interface PackedLayer {
  readonly layer: string;
  readonly from: number;
  readonly width: number;
}

export function packedLayers({ signatures, network, labels }: PictureManifest): PackedLayer[] {
  let from = labels.length;
  return (signatures ? servedLayers(signatures, network) : []).map((layer) => {
    const width = layerShape(network, layer).reduce((product, size) => product * size, 1);
    from += width;
    return { layer, from: from - width, width };
  });
}

/** @throws a plain error when the graph lacks an output, or one has another size */
export function packRows({ data, others }: BatchOutput, layers: readonly PackedLayer[], count: number): Float32Array {
  if (layers.length === 0) return data;
  const classes = data.length / count;
  const last = layers[layers.length - 1];
  const rowLength = last.from + last.width;
  const packed = new Float32Array(count * rowLength);
  copyColumns(data, classes, packed, 0, rowLength);
  for (const { layer, from, width } of layers) {
    const found = others[`${LAYER_OUTPUT}${layer}`]?.data;
    if (found?.length !== count * width) throw new Error(`it does not give ${width} numbers of layer "${layer}"`);
    copyColumns(found, width, packed, from, rowLength);
  }
  return packed;
}

/** What a version gave for some pictures. */
export interface PredictedRows {
  readonly count: number;
  /** `[count, classes]` */
  readonly probabilities: Float32Array;
  /** `[count, width]`, of a layer that some signature serves. */
  layer(name: string): Float32Array;
}

export function unpackRows(
  rows: Float32Array,
  count: number,
  classes: number,
  layers: readonly PackedLayer[],
): PredictedRows {
  const rowLength = count === 0 ? 0 : rows.length / count;
  const columns = (from: number, width: number): Float32Array => {
    if (width === rowLength) return rows;
    const taken = new Float32Array(count * width);
    for (let row = 0; row < count; row++) {
      taken.set(rows.subarray(row * rowLength + from, row * rowLength + from + width), row * width);
    }
    return taken;
  };
  return {
    count,
    probabilities: columns(0, classes),
    layer: (name) => {
      const place = layers.find(({ layer }) => layer === name) as PackedLayer;
      return columns(place.from, place.width);
    },
  };
}

function copyColumns(from: Float32Array, width: number, to: Float32Array, at: number, rowLength: number): void {
  for (let row = 0; row * width < from.length; row++) {
    to.set(from.subarray(row * width, (row + 1) * width), row * rowLength + at);
  }
}
