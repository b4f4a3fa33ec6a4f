/** @file The command line: which commands there are, and what their outcome means for the exit code. */
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { datasetCommand } from './commands/dataset.ts';
import { deleteCommand } from './commands/delete.ts';
import { evalCommand } from './commands/eval.ts';
import { modelsCommand } from './commands/models.ts';
import { predictCommand } from './commands/predict.ts';
import { trainCommand } from './commands/train.ts';
import { trainerCommand } from './commands/trainer.ts';
import { upCommand } from './commands/up.ts';
import { CommandFailed } from './failure.ts';
import { Output } from './output.ts';

const EXIT = { done: 0, failed: 1, usage: 2 } as const;

/**
 * Runs one command.
 * @param argv arguments after the program's name
 * @returns exit code: 0 done, 1 failed, 2 wrong usage
 */
export async function main(argv: readonly string[]): Promise<number> {
  const program = buildProgram();
  if (argv.length === 0) {
    program.outputHelp();
    return EXIT.done;
  }
  try {
    await program.parseAsync(argv, { from: 'user' });
    return EXIT.done;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    if (!(error instanceof CommandFailed)) new Output({ json: argv.includes('--json') }).error(error);
    return EXIT.failed;
  }
}

function buildProgram(): Command {
  const program = new Command('pictor')
    .description('Trains image classifiers from a dataset and serves them.')
    .version(packageVersion(), '-V, --version', 'show the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand('help [command]', 'show help for a command')
    .showHelpAfterError('Add --help to see how it is used.')
    .exitOverride()
    .addHelpText('after', EXAMPLES);
  const commands = [
    upCommand(),
    trainCommand(),
    evalCommand(),
    predictCommand(),
    datasetCommand(),
    modelsCommand(),
    deleteCommand(),
    trainerCommand(),
  ];
  for (const command of commands) program.addCommand(command.copyInheritedSettings(program));
  return program;
}

const EXAMPLES = `
Start here:
  pictor up                                   open the studio on http://localhost:8080
  pictor train sample:digits --name digits    train on digits that Pictor draws itself
  pictor predict digits photo.png             ask the model
  pictor train ./photos --name pets           train on a folder with one folder a class

A DATASET is a folder, an archive (.tgz .tar.gz .tar .zip), an http(s) URL of one, an .npz, an MNIST .pkl.gz,
a folder of IDX files, or sample:digits.

pictor COMMAND --help shows the options of a command and examples.`;

function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  return version;
}
