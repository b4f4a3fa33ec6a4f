/** @file Pools, and normalisations of channels. */
import { Unsupported } from '../../refuse.ts';
import type { Rule } from '../context.ts';
import { needKnown } from './elementwise.ts';
import { paddingOf, pick, pictureOf, resultShape, spatialOf } from './window.ts';

const pool =
  (op: 'MaxPool' | 'AveragePool'): Rule =>
  (call) => {
    const { inputs, attributes, to } = call;
    const [x] = inputs;
    const spatial = spatialOf(call);
    const input = pictureOf(call);
    const [sizes, steps] =
      inputs.length > 1
        ? [needKnown(call, 1), needKnown(call, 2)]
        : [attributes.ints('ksize'), attributes.ints('strides')];
    if (sizes[0] !== 1 || sizes[spatial.channelAxis] !== 1)
      throw new Unsupported(`"${call.name}" pools over channels`, [call.op]);
    const window = { kernel: pick(sizes, spatial), strides: pick(steps, spatial), dilations: [1, 1] as const };
    const padding = paddingOf(call, [input[spatial.axes[0]], input[spatial.axes[1]]], window, spatial);
    const shape = resultShape(input, spatial, padding.size, input[spatial.channelAxis]);
    // Said this way, the runtime leaves a `Pad` before it alone: it would pad with what a pool ignores, instead of zeros.
    const isValid = attributes.text('padding', 'VALID') === 'VALID';
    const pads = isValid ? { auto_pad: 'VALID' } : padding.attributes;
    const all = { kernel_shape: window.kernel, strides: window.strides, ...pads };
    return to.emit(op, [to.in(x, spatial.layout)], all, { dtype: x.dtype, shape, layout: spatial.layout });
  };

/** Scale, offset, mean and variance of each channel, as training left them. */
const batchNormalization: Rule = (call) => {
  const { inputs, attributes, to, op, name } = call;
  const [x, ...parameters] = inputs;
  if (attributes.bool('is_training', true))
    throw new Unsupported(`"${name}" normalises by the batch, as in training`, [op], 'Save the model for inference.');
  const spatial = spatialOf(call);
  const names = [to.in(x, spatial.layout), ...parameters.slice(0, 4).map((parameter) => to.plain(parameter))];
  const y = to.emit(
    'BatchNormalization',
    names,
    { epsilon: { float: attributes.float('epsilon', 1e-4) } },
    { dtype: x.dtype, shape: pictureOf(call), layout: spatial.layout },
  );
  const nothing = to.special({ kind: 'nothing' }, x.dtype, null);
  return [y, nothing, nothing, nothing, nothing, nothing];
};

const localResponse: Rule = (call) => {
  const { inputs, attributes, to } = call;
  const radius = attributes.int('depth_radius', 5);
  const size = 2 * radius + 1;
  const all = {
    size,
    alpha: { float: attributes.float('alpha', 1) * size },
    beta: { float: attributes.float('beta', 0.5) },
    bias: { float: attributes.float('bias', 1) },
  };
  return to.emit('LRN', [to.channelsFirst(inputs[0])], all, {
    dtype: inputs[0].dtype,
    shape: pictureOf(call),
    layout: 'channelsFirst',
  });
};

export const POOLING_RULES = {
  MaxPool: pool('MaxPool'),
  MaxPoolV2: pool('MaxPool'),
  AvgPool: pool('AveragePool'),
  FusedBatchNorm: batchNormalization,
  FusedBatchNormV2: batchNormalization,
  FusedBatchNormV3: batchNormalization,
  LRN: localResponse,
} as const satisfies Record<string, Rule>;
