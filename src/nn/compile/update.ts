/** @file The graph of an optimizer's step. */
import { OPTIMIZERS, type OptimizerKind, type OptimizerSpec, PictorError } from '../../contracts/index.ts';
import { GraphBuilder } from '../graph/builder.ts';
import type { Graph, Value } from '../graph/graph.ts';
import { emitOnnx } from '../onnx/emit.ts';
import { OPTIMIZER_RULES } from '../optimizers/index.ts';
import type { OptimizerRule, SlotInfo } from '../optimizers/rule.ts';

export interface UpdateModel {
  readonly model: Uint8Array;
  readonly slots: readonly SlotInfo[];
}

/**
 * Element-wise on flat float32 vectors of any one length `n`, so that the work may be cut into pieces.
 *
 * Inputs: `parameters` `[n]`; `gradient0` … `gradient{replicas - 1}` `[n]`, which are summed; every slot by its name
 * `[n]`; `step` `[]`, 1 in the first step; `learningRate` `[]`. Outputs: `newParameters` `[n]`, `new:SLOT` `[n]`.
 * The rate is an input, so one model serves a whole schedule; `optimizer.learningRate` is not read.
 *
 * @param options.replicas number of gradients to sum, 1 or more
 * @throws `training_option_invalid`
 */
export function compileUpdate(optimizer: OptimizerSpec, options: { readonly replicas: number }): UpdateModel {
  const { graph, slots } = updateGraph(optimizer, options);
  return { model: emitOnnx(graph, { name: `${optimizer.kind}/update` }), slots };
}

export function updateGraph(
  optimizer: OptimizerSpec,
  { replicas }: { readonly replicas: number },
): { graph: Graph; slots: readonly SlotInfo[] } {
  if (!Object.hasOwn(OPTIMIZER_RULES, optimizer.kind)) {
    throw new PictorError(
      'training_option_invalid',
      `The optimizer is "${optimizer.kind}"; one of ${OPTIMIZERS.join(', ')} was expected.`,
    );
  }
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
  const gradient = Array.from({ length: replicas }, (_, replica) => vector(`gradient${replica}`)).reduce((sum, next) =>
    builder.add(sum, next),
  );
  const slots = rule.slots(optimizer);
  const slotValues = new Map(slots.map(({ name }) => [name, vector(name)]));
  const result = rule.update({
    builder,
    optimizer,
    parameters,
    gradient,
    step: builder.input('step', 'float32', []),
    learningRate: builder.input('learningRate', 'float32', []),
    slot: (name) => slotValues.get(name) as Value,
  });
  builder.output('newParameters', result.parameters);
  for (const { name } of slots) builder.output(`new:${name}`, result.slots[name]);
  return { graph: builder.finish(), slots };
}
