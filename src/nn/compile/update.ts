/** @file The graph of an optimizer's step. */
import { type OptimizerKind, type OptimizerSpec, PictorError } from '../../contracts/index.ts';
import { GraphBuilder } from '../graph/builder.ts';
import type { Graph, Value } from '../graph/graph.ts';
import { emitOnnx } from '../onnx/emit.ts';
import { checkOptimizer } from '../optimizers/check.ts';
import { OPTIMIZER_RULES } from '../optimizers/index.ts';
import { weightDecayOf } from '../optimizers/ranges.ts';
import type { OptimizerRule, SlotInfo } from '../optimizers/rule.ts';

/** Inputs that are one number: `step` is 1 in the first step; `weightDecay` and `gradientScale` come from `updateRanges`. */
export type UpdateScalar = 'step' | 'learningRate' | 'weightDecay' | 'gradientScale';

export interface UpdateModel {
  readonly model: Uint8Array;
  readonly slots: readonly SlotInfo[];
  /** The scalars that this optimizer takes; the others are no inputs of the model. */
  readonly scalars: readonly UpdateScalar[];
}

export interface UpdateOptions {
  /** Number of gradients to sum, 1 or more. */
  readonly replicas: number;
  /** Gives the model the input `gradientScale` also when clipping does not need it, as for scaled losses. */
  readonly gradientScale?: boolean;
}

/**
 * Element-wise on flat float32 vectors of any one length `n`, so that the work may be cut into pieces.
 *
 * Inputs: `parameters` `[n]`; `gradient0` … `gradient{replicas - 1}` `[n]`, which are summed; every slot by its name
 * `[n]`; every one of `scalars` `[]`. Outputs: `newParameters` `[n]`, `new:SLOT` `[n]`.
 * The rate is an input, so one model serves a whole schedule; `optimizer.learningRate` is not read.
 *
 * Clipping by value happens inside. Clipping by a norm is the caller's `gradientScale` (`updateRanges`, `sumOfSquares`,
 * `clipScale`), as a norm is over more than one piece; it is an input then. `weightDecay` is one when weights decay.
 *
 * @throws `training_option_invalid`
 */
export function compileUpdate(optimizer: OptimizerSpec, options: UpdateOptions): UpdateModel {
  const { graph, slots, scalars } = updateGraph(optimizer, options);
  return { model: emitOnnx(graph, { name: `${optimizer.kind}/update` }), slots, scalars };
}

function updateGraph(
  optimizer: OptimizerSpec,
  { replicas, gradientScale = false }: UpdateOptions,
): { graph: Graph } & Omit<UpdateModel, 'model'> {
  checkOptimizer(optimizer);
  if (!Number.isInteger(replicas) || replicas < 1) {
    throw new PictorError(
      'training_option_invalid',
      `The number of replicas is ${replicas}; a whole number of 1 or more was expected.`,
    );
  }
  const rule = OPTIMIZER_RULES[optimizer.kind] as unknown as OptimizerRule<OptimizerKind>;
  const builder = new GraphBuilder();
  const vector = (name: string): Value => builder.input(name, 'float32', ['n']);
  const parameters = vector('parameters');
  const total = Array.from({ length: replicas }, (_, replica) => vector(`gradient${replica}`)).reduce((sum, next) =>
    builder.add(sum, next),
  );
  const slots = rule.slots(optimizer);
  const slotValues = new Map(slots.map(({ name }) => [name, vector(name)]));
  const scalars: UpdateScalar[] = [];
  const scalar = (name: UpdateScalar): Value => {
    scalars.push(name);
    return builder.input(name, 'float32', []);
  };
  const step = scalar('step');
  const learningRate = scalar('learningRate');
  const { clip } = optimizer;
  const isScaled = gradientScale || clip?.kind === 'norm' || clip?.kind === 'globalNorm';
  const scaled = isScaled ? builder.multiply(total, scalar('gradientScale')) : total;
  const gradient =
    clip?.kind === 'value' ? builder.apply('clip', [scaled], { minimum: -clip.limit, maximum: clip.limit }) : scaled;
  const result = rule.update({
    builder,
    optimizer,
    parameters: weightDecayOf(optimizer) > 0 ? decayed(parameters, scalar('weightDecay')) : parameters,
    gradient,
    step,
    learningRate,
    slot: (name) => slotValues.get(name) as Value,
  });
  builder.output('newParameters', result.parameters);
  for (const { name } of slots) builder.output(`new:${name}`, result.slots[name]);
  return { graph: builder.finish(), slots, scalars };

  /** Two passes: `1 - rate * decay` times the weights would be one, but float32 holds only a few digits of the decay there. */
  function decayed(weights: Value, weightDecay: Value): Value {
    return builder.subtract(weights, builder.multiply(weights, builder.multiply(learningRate, weightDecay)));
  }
}
