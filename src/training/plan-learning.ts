/** @file How the weights learn: from what was asked to the recipe's optimizer, loss, schedule and class weights. */
import {
  CLASS_WEIGHTS,
  type ClipSpec,
  type LearningRequest,
  LOSSES,
  type LossSpec,
  type NetworkSpec,
  OPTIMIZERS,
  type OptimizerKind,
  type OptimizerSpec,
  SCHEDULES,
  type ScheduleKind,
  type ScheduleSpec,
  type TrainingRecipe,
} from '../contracts/index.ts';
import {
  checkLoss,
  checkOptimizer,
  checkSchedule,
  DEFAULT_LOSSES,
  lossEnds,
  lossRule,
  weightDecayOf,
} from '../nn/index.ts';
import { invalid, oneOf } from './option-checks.ts';

/** Learning rates of the optimizers: Keras' defaults, but Adadelta's, where Keras' 0.001 hardly learns: 1, as its paper has it. */
const LEARNING_RATES: { readonly [K in OptimizerKind]: number } = {
  adam: 0.001,
  adamw: 0.001,
  sgd: 0.01,
  rmsprop: 0.001,
  adagrad: 0.001,
  adadelta: 1,
};

/** Shrinking these would only shift what they stand for; there is nothing in them to overfit with. */
const NOT_DECAYED: readonly string[] = ['bias', 'gamma', 'beta'];

const WITH_MOMENTUM: readonly OptimizerKind[] = ['sgd', 'rmsprop'];

export interface LearningPlace {
  readonly network: NetworkSpec;
  /** When nobody asks for another one. */
  readonly optimizer: OptimizerSpec;
  /** When nobody asks for another one. Default: constant. */
  readonly schedule?: ScheduleSpec;
  /** When nobody asks for another one. Default: the one that fits the network's end. */
  readonly loss?: LossSpec;
  readonly epochs: number;
  /** Number of training pictures of each class. */
  readonly perClass: readonly number[];
}

/**
 * @returns also the network, whose end the loss may decide when it does not say it itself
 * @throws `training_option_invalid`
 */
export function planLearning(
  request: LearningRequest,
  place: LearningPlace,
): Pick<TrainingRecipe, 'network' | 'optimizer' | 'loss' | 'schedule' | 'classWeights'> {
  checkLearning(request);
  const optimizer = planOptimizer(request, place.optimizer);
  const loss = planLoss(request, place);
  const network = withEndFor(loss, place.network);
  lossRule(loss, network.outputActivation ?? 'softmax');
  const schedule = planSchedule(request, place, optimizer.learningRate);
  const classWeights = request.classWeights === 'balanced' ? balancedWeights(place.perClass) : null;
  return { network, optimizer, loss, schedule, classWeights };
}

function planOptimizer(request: LearningRequest, usual: OptimizerSpec): OptimizerSpec {
  const { momentum, nesterov, weightDecay } = request;
  const kind = request.optimizer ?? usual.kind;
  const base = kind === usual.kind ? usual : ({ kind, learningRate: LEARNING_RATES[kind] } as OptimizerSpec);
  checkMomentum(request, kind, 'momentum' in base ? base.momentum : undefined);
  const clip = clipOf(request) ?? base.clip;
  const decay = weightDecay ?? weightDecayOf(base);
  const optimizer = {
    ...base,
    learningRate: request.learningRate ?? base.learningRate,
    ...(momentum === undefined ? {} : { momentum }),
    ...(nesterov === undefined ? {} : { nesterov }),
    ...(decay > 0 ? { excludeFromDecay: base.excludeFromDecay ?? NOT_DECAYED } : {}),
    ...(decay > 0 || weightDecay !== undefined ? { weightDecay: decay } : {}),
    ...(clip ? { clip } : {}),
  } as OptimizerSpec;
  checkOptimizer(optimizer);
  return optimizer;
}

function clipOf({ clipValue, clipNorm, globalClipNorm }: LearningRequest): ClipSpec | undefined {
  if (clipValue !== undefined) return { kind: 'value', limit: clipValue };
  if (clipNorm !== undefined) return { kind: 'norm', limit: clipNorm };
  return globalClipNorm === undefined ? undefined : { kind: 'globalNorm', limit: globalClipNorm };
}

function planLoss(request: LearningRequest, { network, loss: usual }: LearningPlace): LossSpec {
  const base = usual ?? DEFAULT_LOSSES[network.outputActivation ?? 'softmax'];
  const kind = request.loss ?? base.kind;
  const { labelSmoothing } = request;
  const loss = (kind === base.kind ? base : { kind }) as LossSpec;
  const asked = labelSmoothing === undefined ? loss : ({ ...loss, labelSmoothing } as LossSpec);
  checkLoss(asked);
  return asked;
}

/** A network that does not say what ends it gets what the loss is defined for. */
function withEndFor(loss: LossSpec, network: NetworkSpec): NetworkSpec {
  const [usual, ...others] = lossEnds(loss.kind);
  if (network.outputActivation !== undefined || [usual, ...others].includes('softmax')) return network;
  return { ...network, outputActivation: usual };
}

/** The numbers of a schedule that somebody names: chosen so that it fits a run of any length. */
function planSchedule(
  request: LearningRequest,
  { epochs, schedule: usual }: LearningPlace,
  rate: number,
): ScheduleSpec {
  const { warmupEpochs } = request;
  const named: { readonly [K in ScheduleKind]: Extract<ScheduleSpec, { kind: K }> } = {
    constant: { kind: 'constant' },
    step: { kind: 'step', every: Math.max(1, Math.ceil(epochs / 3)), factor: 0.1 },
    exponential: { kind: 'exponential', rate: Number((0.01 ** (1 / epochs)).toPrecision(6)) },
    cosine: { kind: 'cosine' },
    oneCycle: { kind: 'oneCycle' },
    plateau: { kind: 'plateau', patience: 3, factor: 0.3, minimum: rate / 1000 },
  };
  const base = request.schedule === undefined ? (usual ?? named.constant) : named[request.schedule];
  if (warmupEpochs === undefined) return base;
  checkWarmup(warmupEpochs, base.kind, epochs);
  if (base.kind === 'oneCycle') return base;
  const schedule = { ...base, warmupEpochs };
  checkSchedule(schedule);
  return schedule;
}

/** Samples / (classes · samples of the class). A class without samples has nothing to weigh: 1. */
export function balancedWeights(perClass: readonly number[]): number[] {
  const total = perClass.reduce((sum, count) => sum + count, 0);
  return perClass.map((count) => (count === 0 ? 1 : total / (perClass.length * count)));
}

/**
 * Checks names and numbers before anything is fetched.
 * @throws `training_option_invalid` naming the option, what was received and what was expected
 */
export function checkLearning(request: LearningRequest & { readonly epochs?: number }): void {
  oneOf('optimizer', request.optimizer, OPTIMIZERS);
  oneOf('schedule', request.schedule, SCHEDULES);
  oneOf('loss', request.loss, LOSSES);
  oneOf('classWeights', request.classWeights, CLASS_WEIGHTS);
  within('learningRate', request, (value) => value > 0 && value <= 1000, 'a number greater than 0, at most 1000');
  within('momentum', request, (value) => value >= 0 && value < 1, 'a number from 0, below 1');
  within('weightDecay', request, (value) => value >= 0 && value <= 10, 'a number from 0 to 10');
  within('labelSmoothing', request, (value) => value >= 0 && value < 1, 'a share from 0, below 1');
  within('warmupEpochs', request, (value) => value >= 0 && value <= 10_000, 'a number from 0 to 10000');
  const clips = (['clipValue', 'clipNorm', 'globalClipNorm'] as const).filter((clip) => request[clip] !== undefined);
  for (const clip of clips) within(clip, request, (value) => value > 0 && value < Infinity, 'a number greater than 0');
  if (clips.length > 1) throw invalid(clips[1], request[clips[1]], `none beside ${clips[0]}: one clipping at a time`);
  // The preset may bring a momentum.
  if (request.optimizer !== undefined) checkMomentum(request, request.optimizer, 0.5);
  if (request.warmupEpochs !== undefined) {
    checkWarmup(request.warmupEpochs, request.schedule ?? 'constant', request.epochs ?? Infinity);
  }
  if (request.labelSmoothing !== undefined && request.loss === 'meanSquaredError') {
    throw invalid('labelSmoothing', request.labelSmoothing, 'none with the loss meanSquaredError');
  }
}

/** @param usual momentum when none is asked for */
function checkMomentum({ momentum, nesterov }: LearningRequest, kind: OptimizerKind, usual?: number): void {
  if (momentum !== undefined && !WITH_MOMENTUM.includes(kind)) {
    throw invalid('momentum', momentum, `none: ${kind} has no such number, ${WITH_MOMENTUM.join(' and ')} have`);
  }
  if (nesterov && (kind !== 'sgd' || !(momentum ?? usual))) {
    throw invalid('nesterov', nesterov, 'it only with the optimizer sgd and a momentum');
  }
}

function checkWarmup(warmupEpochs: number, schedule: ScheduleKind, epochs: number): void {
  if (schedule === 'oneCycle') {
    throw invalid('warmupEpochs', warmupEpochs, 'none with the schedule oneCycle, which warms up by itself');
  }
  if (warmupEpochs >= epochs) throw invalid('warmupEpochs', warmupEpochs, `fewer than the ${epochs} epochs of the run`);
}

function within<K extends keyof LearningRequest>(
  option: K,
  request: LearningRequest,
  holds: (value: number) => boolean,
  expected: string,
): void {
  const value = request[option];
  if (value === undefined || (typeof value === 'number' && holds(value))) return;
  throw invalid(option, value, expected);
}
