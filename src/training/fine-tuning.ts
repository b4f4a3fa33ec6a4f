/** @file Fine-tuning: first the head alone on a frozen base, then both with a smaller rate. */
import {
  FREEZES,
  type NetworkSpec,
  type OptimizerSpec,
  type TrainingPhase,
  type TrainingRecipe,
  type TrainingRequest,
} from '../contracts/index.ts';
import { baseLayers, describeNetwork } from '../nn/index.ts';
import { invalid, oneOf, whole } from './option-checks.ts';

/** The second phase must not tear down what the weights know. */
const FINE_TUNE_SHARE_OF_RATE = 0.1;

/** The part of a request that means nothing without weights to start from. */
const ONLY_WITH_WEIGHTS = ['weightsChecksum', 'freeze', 'fineTuneEpochs', 'fineTuneRate', 'fineTuneFrom'] as const;

/** @throws `training_option_invalid` naming the option, what was received and what was expected */
export function checkFineTuning(request: TrainingRequest): void {
  const { weights, weightsChecksum: checksum, freeze, fineTuneEpochs, fineTuneRate } = request;
  for (const option of ONLY_WITH_WEIGHTS) {
    if (request[option] === undefined || weights !== undefined) continue;
    throw invalid(option, request[option], 'weights to start from as well');
  }
  if (checksum !== undefined && !/^(sha256:[0-9a-f]{64}|md5:[0-9a-f]{32})$/i.test(checksum)) {
    throw invalid('weightsChecksum', checksum, 'sha256: and 64 hexadecimal digits, or md5: and 32');
  }
  if (checksum !== undefined && weights?.kind === 'model') {
    throw invalid('weightsChecksum', checksum, 'none: models in the registry have checksums of their own');
  }
  oneOf('freeze', freeze, FREEZES);
  whole('fineTuneEpochs', fineTuneEpochs, 0, 10_000);
  if (fineTuneRate !== undefined && !(fineTuneRate > 0 && fineTuneRate <= 1000)) {
    throw invalid('fineTuneRate', fineTuneRate, 'a number greater than 0, at most 1000');
  }
}

/**
 * The phases of a run that starts from weights. BatchNormalization of the base stays frozen in the second one, as in Keras'
 * guide: statistics of small batches of other pictures would undo what the other layers were trained with.
 *
 * @param epochs of the first phase
 * @returns none when nothing is frozen
 * @throws `training_option_invalid` for a layer that is not of the base
 */
export function planPhases(
  request: TrainingRequest,
  network: NetworkSpec,
  optimizer: OptimizerSpec,
  epochs: number,
): TrainingPhase[] {
  const base = [...baseLayers(network)];
  if (request.weights === undefined || request.freeze === 'none' || !hasWeights(network, base)) return [];
  const head: TrainingPhase = { name: 'head', epochs, learningRate: optimizer.learningRate, frozen: base };
  const fineTuneEpochs = request.fineTuneEpochs ?? Math.ceil(epochs / 2);
  if (fineTuneEpochs === 0) return [head];
  const from = request.fineTuneFrom === undefined ? 0 : base.indexOf(request.fineTuneFrom);
  if (from === -1) throw invalid('fineTuneFrom', request.fineTuneFrom, `a layer of the base: ${shorten(base)}`);
  const types = new Map(network.nodes.map(({ name, layer }) => [name, layer]));
  return [
    head,
    {
      name: 'fineTuning',
      epochs: fineTuneEpochs,
      learningRate: request.fineTuneRate ?? optimizer.learningRate * FINE_TUNE_SHARE_OF_RATE,
      frozen: base.filter((name, index) => index < from || types.get(name) === 'BatchNormalization'),
    },
  ];
}

/** The recipe of one phase alone: its layers are frozen, its rate is the optimizer's. */
export function recipeOfPhase(recipe: TrainingRecipe, phase: TrainingPhase): TrainingRecipe {
  const frozen = new Set(phase.frozen);
  const nodes = recipe.network.nodes.map((node) => (frozen.has(node.name) ? { ...node, trainable: false } : node));
  return {
    ...recipe,
    network: { ...recipe.network, nodes },
    optimizer: { ...recipe.optimizer, learningRate: phase.learningRate },
  };
}

function hasWeights(network: NetworkSpec, layers: readonly string[]): boolean {
  const parameters = new Map(describeNetwork(network).layers.map((layer) => [layer.name, layer.parameters]));
  return layers.some((name) => (parameters.get(name) ?? 0) > 0);
}

function shorten(names: readonly string[]): string {
  return names.length > 12 ? `${names.slice(0, 6).join(', ')}, …, ${names.slice(-6).join(', ')}` : names.join(', ');
}
