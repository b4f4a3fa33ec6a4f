/** @file Pools on channel blocks. */
import { fixed } from '../../graph/graph.ts';
import { isTiling } from '../../graph/window.ts';
import { maximumOverGroups, maximumOverGroupsGradient } from '../lowering/group-maximum.ts';
import { firstOfTiles, isPairTiling } from '../lowering/pool-winners.ts';
import { reshape } from '../lowering/rule.ts';
import { pictureSize } from '../lowering/windows.ts';
import { ONNX_TYPES } from '../writer.ts';
import { type BlockedRule, blockNode } from './rule.ts';

function blockedPool<O extends 'maxPool2d' | 'averagePool2d'>(
  opType: string,
  more: Readonly<Record<string, number>> = {},
): BlockedRule<O> {
  return ({ writer, layouts, inputs: [x], attributes: { kernel, strides, pads }, result }) => {
    if (!layouts.isBlocked(x) || pads.some((pad) => pad < 0)) return false;
    const window = { kernel_shape: kernel, strides, pads, auto_pad: 'NOTSET', ceil_mode: 0 };
    layouts.setBlocked(result, blockNode(writer, opType, [layouts.blocked(x)], { ...window, ...more }));
    return true;
  };
}

export const blockedMaxPool = blockedPool<'maxPool2d'>('MaxPool', { storage_order: 0 });
export const blockedAveragePool = blockedPool<'averagePool2d'>('AveragePool', { count_include_pad: 0 });

/** As `winnersOfPairs`; each number of a tile is a run of one block. */
export const blockedMaxPoolGradient: BlockedRule<'maxPool2dGradient'> = (call) => {
  const { writer, layouts, block, inputs, attributes, result } = call;
  const [x, maxima, gradient] = inputs;
  const [height, width] = pictureSize(x.shape);
  if (!layouts.isBlocked(x) || !isPairTiling(attributes) || height % 2 !== 0 || width % 2 !== 0) return false;
  const strips = ((fixed(x.shape, 0) * fixed(x.shape, 1)) / block) * (height / 2);
  const across = width / 2;
  const tiles = (name: string): string => reshape(writer, name, [strips, 1, across, 1, block]);
  const pixels = reshape(writer, layouts.blocked(x), [strips, 2, across, 2, block]);
  const isMaximum = writer.node('Equal', [pixels, tiles(layouts.blocked(maxima))]);
  const wins = firstOfTiles(writer, isMaximum, { pairs: strips * 2 * across, across, run: block });
  const factors = writer.node('Cast', [reshape(writer, wins, [strips, 2, across, 2, block])], {
    to: ONNX_TYPES.float32,
  });
  const shares = writer.node('Mul', [factors, tiles(layouts.blocked(gradient))]);
  layouts.setBlocked(result, reshape(writer, shares, result.shape));
  return true;
};

export const blockedAveragePoolGradient: BlockedRule<'averagePool2dGradient'> = (call) => {
  const {
    writer,
    layouts,
    inputs: [gradient],
    attributes,
    result,
  } = call;
  const { kernel, inputSize } = attributes;
  const [rows, columns] = pictureSize(gradient.shape);
  const isWhole = rows * kernel[0] === inputSize[0] && columns * kernel[1] === inputSize[1];
  if (!layouts.isBlocked(gradient) || !isTiling(attributes) || !isWhole) return false;
  const share = writer.node('Mul', [layouts.blocked(gradient), writer.float(1 / (kernel[0] * kernel[1]))]);
  layouts.setBlocked(result, blockNode(writer, 'Upsample', [share], { scales: [1, 1, ...kernel] }));
  return true;
};

export const blockedMaximumOverGroups: BlockedRule<'maximumOverGroups'> = (call) => {
  const {
    writer,
    layouts,
    inputs: [x],
    attributes: { groups },
    result,
  } = call;
  if (!layouts.isBlocked(x) || !layouts.fits(result)) return false;
  const largest = maximumOverGroups(writer, layouts.blocked(x), { groups, shape: x.shape });
  layouts.setBlocked(result, reshape(writer, largest, result.shape));
  return true;
};

export const blockedMaximumOverGroupsGradient: BlockedRule<'maximumOverGroupsGradient'> = (call) => {
  const {
    writer,
    layouts,
    inputs,
    attributes: { groups },
    result,
  } = call;
  if (!layouts.isBlocked(inputs[0]) || !layouts.fits(inputs[1])) return false;
  const names = inputs.map((input) => layouts.blocked(input));
  const shares = maximumOverGroupsGradient(writer, names, { groups, shape: result.shape });
  layouts.setBlocked(result, reshape(writer, shares, result.shape));
  return true;
};
