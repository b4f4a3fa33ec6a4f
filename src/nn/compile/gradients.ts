/** @file The graph of a training step up to the gradients. */
import { type LossSpec, type NetworkSpec, PictorError } from '../../contracts/index.ts';
import { GraphBuilder } from '../graph/builder.ts';
import { differentiate } from '../graph/differentiate.ts';
import type { Graph, Value } from '../graph/graph.ts';
import { estimateMemory, type MemoryEstimate } from '../graph/memory.ts';
import { correctCount, weightedLoss } from '../losses/batch.ts';
import { DEFAULT_LOSSES } from '../losses/index.ts';
import { describeNetwork, type ParameterInfo } from '../network/describe.ts';
import { addForwardPass } from '../network/forward.ts';
import { resolveNetwork } from '../network/resolve.ts';
import { emitOnnx } from '../onnx/emit.ts';
import { parameterInputs } from './parameters.ts';
import { addPenalty } from './penalty.ts';

/** A dropout mask that every step must be given: 0 with probability `rate`, else `1 / (1 - rate)`. */
export interface MaskInfo {
  /** Name of the graph's input, such as `dropout/mask`. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly rate: number;
}

export interface GradientsModel {
  readonly model: Uint8Array;
  readonly parameters: readonly ParameterInfo[];
  readonly masks: readonly MaskInfo[];
  /** Names of the states that a step changes: all but those of frozen layers. */
  readonly states: readonly string[];
}

/** Prefix of the outputs that hold gradients. */
export const GRADIENT_PREFIX = 'grad:';

/** Prefix of the outputs that hold states after the step. */
export const STATE_PREFIX = 'state:';

export interface GradientsOptions {
  /** Number of samples in a step, 1 or more. */
  readonly batchSize: number;
  /** Default: cross-entropy; binary cross-entropy when the network ends in `sigmoid`. */
  readonly loss?: LossSpec;
  /** Samples are mixed of two: the inputs `labels2` and `mix` come in. Default false. */
  readonly mixup?: boolean;
  /**
   * Channels in a block of the runtime's own layout for convolutions, as `channelBlock()` of the room `runtime` tells.
   * Default 1: plain ONNX, for any runtime.
   */
  readonly channelBlock?: number;
}

/**
 * One model file that computes the loss of a batch and its gradient by every parameter.
 *
 * Inputs: `images` uint8 `[batchSize, height, width, channels]`; `labels` int64 `[batchSize]`; `sampleWeights` float32
 * `[batchSize]` (0 for samples that only fill the batch up); every parameter and every mask, float32, by name.
 * With `mixup` also `labels2` int64 `[batchSize]` and `mix` float32 `[batchSize]`, the share of `labels`; the rest is the
 * share of `labels2`. When something is regularised also `penaltyWeight` float32 `[]`, the share of the penalty that is
 * added to `loss`: 1 in all over the graphs of a step. Outputs: `loss` float32 `[]` = sum of weight times loss; `correct` float32 `[]` = number of samples
 * of weight above 0 that are classified right; `grad:NAME` for every trainable parameter, the gradient of `loss`;
 * `state:NAME` for every state of a layer that is not frozen, its value after this batch. Samples of weight 0 take part in
 * the statistics of a batch.
 *
 * @throws `network_invalid`, `training_option_invalid`
 */
export function compileGradients(spec: NetworkSpec, options: GradientsOptions): GradientsModel {
  const { graph, ...rest } = gradientsGraph(spec, options);
  const { channelBlock } = options;
  return { model: emitOnnx(graph, { name: `${spec.name}/gradients`, channelBlock }), ...rest };
}

export function gradientsGraph(
  spec: NetworkSpec,
  { batchSize, loss: lossSpec, mixup = false }: GradientsOptions,
): { graph: Graph } & Omit<GradientsModel, 'model'> {
  if (!Number.isInteger(batchSize) || batchSize < 1) {
    throw new PictorError(
      'training_option_invalid',
      `The batch size is ${batchSize}; a whole number of 1 or more was expected.`,
    );
  }
  const layers = resolveNetwork(spec);
  const { parameters } = describeNetwork(spec);
  const { height, width, channels } = spec.input;
  const builder = new GraphBuilder();
  const images = builder.input('images', 'uint8', [batchSize, height, width, channels]);
  const targets = {
    labels: builder.input('labels', 'int64', [batchSize]),
    sampleWeights: builder.input('sampleWeights', 'float32', [batchSize]),
    ...(mixup
      ? {
          mixed: {
            labels: builder.input('labels2', 'int64', [batchSize]),
            share: builder.input('mix', 'float32', [batchSize]),
          },
        }
      : {}),
  };
  const values = parameterInputs(builder, parameters);
  const masks: MaskInfo[] = [];
  const states = new Map<string, Value>();
  const logits = addForwardPass(builder, spec, layers, {
    pictures: builder.cast(images, 'float32'),
    parameter: (name) => values.get(name) as Value,
    dropoutMask: (layer, shape, rate) => {
      const mask = { name: `${layer}/mask`, shape: shape as readonly number[], rate };
      masks.push(mask);
      return builder.input(mask.name, 'float32', shape);
    },
    updateState: (name, next) => {
      states.set(name, next(states.get(name) ?? (values.get(name) as Value)));
    },
  });
  const { outputActivation = 'softmax' } = spec;
  const lossOfSamples = weightedLoss(builder, logits, targets, {
    loss: lossSpec ?? DEFAULT_LOSSES[outputActivation],
    outputActivation,
  });
  const penalty = addPenalty(builder, parameters, values);
  const loss = penalty ? builder.add(lossOfSamples, penalty) : lossOfSamples;
  builder.output('loss', loss);
  builder.output('correct', correctCount(builder, logits, targets));
  const trained = parameters.filter(({ trainable }) => trainable);
  const gradients = differentiate(
    builder,
    loss,
    trained.map(({ name }) => values.get(name) as Value),
  );
  trained.forEach(({ name }, index) => {
    builder.output(`${GRADIENT_PREFIX}${name}`, gradients[index]);
  });
  for (const [name, value] of states) builder.output(`${STATE_PREFIX}${name}`, value);
  return { graph: builder.finish(), parameters, masks, states: [...states.keys()] };
}

/** Memory that a step's values take; see `estimateMemory`. Every dimension is known, as the batch is. */
export function estimateStepMemory(spec: NetworkSpec, options: GradientsOptions): MemoryEstimate {
  return estimateMemory(gradientsGraph(spec, options).graph);
}
