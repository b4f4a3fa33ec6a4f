/** @file Log lines of a run, for people. */
import type { DatasetManifest, EpochRecord, Evaluation, RunLogLine, TrainingRecipe } from '../contracts/index.ts';
import { logLine } from './run-record.ts';

/** Findings that get a line of their own; the health report has them all. */
const MAX_FINDINGS = 10;

const whole = new Intl.NumberFormat('en-US');

export function datasetLines(manifest: DatasetManifest): RunLogLine[] {
  const { train, validation, test } = manifest.splits;
  const { height, width, channels } = manifest.image;
  const splits = [
    `${whole.format(train.count)} to train`,
    `${whole.format(validation.count)} to validate`,
    `${whole.format(test.count)} to test`,
  ];
  const kind = channels === 1 ? 'grey' : 'colour';
  const lines = [
    logLine(
      `The dataset has ${manifest.classes.length} classes; ${splits.join(', ')}; pictures become ${height}x${width} ${kind}.`,
    ),
  ];
  const telling = manifest.findings.filter((finding) => finding.severity !== 'info');
  for (const finding of telling.slice(0, MAX_FINDINGS)) {
    lines.push(logLine(finding.message, 'warning'));
  }
  if (telling.length > MAX_FINDINGS) {
    lines.push(logLine(`${telling.length - MAX_FINDINGS} more findings are in the dataset's report.`, 'warning'));
  }
  return lines;
}

/** Why the recipe is as it is, how it is trained, what it starts from, and its phases. */
export function recipeLines(recipe: TrainingRecipe, images: number): RunLogLine[] {
  return [...reasonLines(recipe), recipeLine(recipe, images), ...weightsLines(recipe), ...phaseLines(recipe)];
}

function recipeLine(recipe: TrainingRecipe, images: number): RunLogLine {
  const { model, parameters, epochs, batchSize, optimizer, schedule, loss, replicas, threads } = recipe;
  const steps = Math.ceil(images / batchSize);
  return logLine(
    `Training ${model} (${whole.format(parameters)} parameters) for ${count(epochs, 'epoch')} of ${count(steps, 'step')}: ` +
      `batches of ${batchSize}, ${loss.kind}, ${optimizer.kind}, learning rate ${optimizer.learningRate} (${schedule.kind}), ` +
      `${count(replicas, 'replica')}${threads === 1 ? '' : ` of ${threads} threads`}.`,
  );
}

/** Why the recipe is as it is. */
function reasonLines({ because }: TrainingRecipe): RunLogLine[] {
  return because.map((reason) => logLine(reason));
}

function weightsLines({ initialWeights }: TrainingRecipe): RunLogLine[] {
  if (initialWeights === null) return [];
  const { source, numbers, fresh, unused } = initialWeights;
  const lines = [logLine(`Starting from the weights of ${source}: ${whole.format(numbers)} numbers.`)];
  if (fresh.length > 0) {
    lines.push(logLine(`The head begins at random: ${fresh.join(', ')}; they are not there, or for other classes.`));
  }
  if (unused.length > 0) lines.push(logLine(`Left out of the source, whose head it is: ${unused.join(', ')}.`));
  return lines;
}

function phaseLines({ phases, network }: TrainingRecipe): RunLogLine[] {
  return phases.map(({ name, epochs, learningRate, frozen }, index) => {
    const what = name === 'head' ? 'the head alone' : 'head and base';
    return logLine(
      `Phase ${index + 1} of ${phases.length} trains ${what} for ${count(epochs, 'epoch')} at a rate of ` +
        `${Number(learningRate.toPrecision(6))}; ${frozen.length} of ${network.nodes.length} layers are frozen.`,
    );
  });
}

export function epochLine(epoch: EpochRecord, epochs: number): RunLogLine {
  const parts = [`loss ${epoch.loss.toFixed(4)}`, `accuracy ${epoch.accuracy.toFixed(4)}`];
  if (epoch.validationLoss !== null) parts.push(`validation loss ${epoch.validationLoss.toFixed(4)}`);
  if (epoch.validationAccuracy !== null) parts.push(`validation accuracy ${epoch.validationAccuracy.toFixed(4)}`);
  const pace = `${epoch.seconds.toFixed(1)} s, ${whole.format(Math.round(epoch.imagesPerSecond))} images/s`;
  return logLine(`Epoch ${epoch.epoch} of ${epochs}: ${parts.join(', ')} (${pace}).`);
}

export function evaluationLine({ split, count: images, accuracy, loss }: Evaluation): RunLogLine {
  return logLine(
    `On the ${split} split (${count(images, 'image')}): accuracy ${accuracy.toFixed(4)}, loss ${loss.toFixed(4)}.`,
  );
}

function count(n: number, noun: string): string {
  return `${whole.format(n)} ${noun}${n === 1 ? '' : 's'}`;
}
