/** @file `pictor promote`: which version answers requests that name none, and what versions are called. */

import { Command, InvalidArgumentError } from 'commander';
import type { ModelRouting } from '../../contracts/index.ts';
import type { RoutingChange } from '../../registry/index.ts';
import { type CommonOptions, openContext, withCommonOptions } from '../context.ts';
import { checkModel } from '../known-model.ts';
import { type ModelReference, modelReference } from '../options.ts';
import type { Output } from '../output.ts';
import { percent } from '../text.ts';

interface PromoteOptions extends CommonOptions {
  readonly label?: string;
  readonly removeLabel?: string;
  readonly split?: Readonly<Record<string, number>>;
  readonly latest?: boolean;
}

export function promoteCommand(): Command {
  const command = new Command('promote')
    .description(
      'Chooses the version that answers requests which name none, or gives a version a label. Servers follow at once.',
    )
    .argument('<model>', 'NAME:VERSION; with --split, --latest and --remove-label NAME', modelReference)
    .option('--label <label>', 'call the version so, instead of making it answer')
    .option('--remove-label <label>', 'forget this label')
    .option(
      '--split <shares>',
      'share the requests: VERSION=SHARE,… that add up to 1, or to 100, such as 3=0.9,4=0.1',
      shares,
    )
    .option('--latest', 'let the newest version answer, as before any promotion')
    .addHelpText('after', EXAMPLES);
  return withCommonOptions(command).action(async (model: ModelReference, options: PromoteOptions) => {
    const context = openContext(options);
    const { output, registry } = context;
    const change = changeOf(command, model, options);
    await checkModel(context, model);
    const routing = await registry.promote(model.name, change);
    output.event({ type: 'done', model: model.name, ...routing });
    for (const line of routingText(output, model.name, routing)) output.line(line);
  });
}

const EXAMPLES = `
Examples:
  pictor promote digits:3         version 3 answers, whatever is newer
  pictor promote digits:4 --label canary
  pictor promote digits --split 3=0.9,4=0.1
  pictor promote digits --latest`;

function changeOf(command: Command, { name, version }: ModelReference, options: PromoteOptions): RoutingChange {
  const fail = (message: string): never => command.error(`error: ${message}`, { exitCode: 2 });
  const { label, removeLabel, split, latest } = options;
  const asked = [label, removeLabel, split, latest].filter((option) => option !== undefined).length;
  if (asked > 1) fail('Give one of --label, --remove-label, --split and --latest.');
  if (asked === 1 && label === undefined && version !== undefined)
    fail(`This concerns all versions: write ${name} alone.`);
  if (removeLabel !== undefined) return { labels: { [removeLabel]: null } };
  if (split) return { split };
  if (latest) return { split: null };
  if (version === undefined) return fail(`Which version of ${name}? Write ${name}:VERSION.`);
  return label === undefined ? { split: { [version]: 1 } } : { labels: { [label]: version } };
}

/** Thirds are written as 0.33. */
const ROUNDING = 0.0101;

/** `3=0.9,4=0.1`, by version. */
export function shares(text: string): Readonly<Record<string, number>> {
  const entries = text.split(',').map((part) => {
    const match = /^\s*(\d{1,15})\s*=\s*(\d+(?:\.\d+)?|\.\d+)\s*$/.exec(part);
    if (!match) throw new InvalidArgumentError('It must be VERSION=SHARE,…, such as 3=0.9,4=0.1.');
    return [match[1], Number(match[2])] as const;
  });
  if (new Set(entries.map(([version]) => version)).size < entries.length) {
    throw new InvalidArgumentError('It names a version twice.');
  }
  const total = entries.reduce((sum, [, share]) => sum + share, 0);
  if (![1, 100].some((whole) => Math.abs(total - whole) <= ROUNDING * whole)) {
    throw new InvalidArgumentError(
      `The shares must add up to 1, or to 100; these give ${Number(total.toPrecision(6))}.`,
    );
  }
  return Object.fromEntries(entries);
}

function routingText(output: Output, name: string, { labels, split }: ModelRouting): string[] {
  const answering = split
    ? Object.entries(split).map(([version, share]) => `${output.style('bold', `${name}:${version}`)} ${percent(share)}`)
    : [`the newest version of ${output.style('bold', name)}`];
  const lines = [`Requests that name no version: ${answering.join(', ')}`];
  for (const [label, version] of Object.entries(labels)) lines.push(`Label ${label}: ${name}:${version}`);
  return lines;
}
