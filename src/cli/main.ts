/** @file The command line: which commands there are, and what their outcome means for the exit code. */
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { asPictorError } from '../contracts/index.ts';
import { CommandFailed } from './failure.ts';
import { HELP_LAYOUT } from './help-layout.ts';
import { Output } from './output.ts';
import { withDashes } from './serve-flags.ts';
import { plainLine } from './text.ts';

/** 130 is what shells give a command that Ctrl-C ended. */
const EXIT = { done: 0, failed: 1, usage: 2, interrupted: 130 } as const;

/** What is wrong with the command line, although it could be read: the value of an option or a name. */
const USAGE_ERRORS: readonly string[] = [
  'training_option_invalid',
  'dataset_option_invalid',
  'preset_unknown',
  'network_file_not_found',
  'model_name_invalid',
  'serving_config_invalid',
  'export_option_invalid',
];

/** Whoever read the output, such as `head`, has had enough; what the command does is done all the same. */
function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}

interface CommandEntry {
  readonly summary: string;
  /** Read only when the command is used: what it stands on takes its time to load. */
  readonly load: () => Promise<Command>;
}

const COMMANDS: Readonly<Record<string, CommandEntry>> = {
  up: {
    summary: 'everything on one machine: studio, API, serving, training',
    load: async () => (await import('./commands/up.ts')).upCommand(),
  },
  serve: {
    summary: "models in folders behind TensorFlow Serving's protocols, with its flags",
    load: async () => (await import('./commands/serve.ts')).serveCommand(),
  },
  train: {
    summary: 'train a model from a dataset and publish it',
    load: async () => (await import('./commands/train.ts')).trainCommand(),
  },
  eval: {
    summary: 'accuracy of a model on a dataset',
    load: async () => (await import('./commands/eval.ts')).evalCommand(),
  },
  predict: {
    summary: 'labels and probabilities for pictures',
    load: async () => (await import('./commands/predict.ts')).predictCommand(),
  },
  dataset: {
    summary: 'what is in a dataset, and what is wrong with it',
    load: async () => (await import('./commands/dataset.ts')).datasetCommand(),
  },
  models: {
    summary: 'list models and their versions',
    load: async () => (await import('./commands/models.ts')).modelsCommand(),
  },
  import: {
    summary: 'bring in a Keras, TensorFlow, TF.js, TFaaS or ONNX model',
    load: async () => (await import('./commands/import.ts')).importCommand(),
  },
  export: {
    summary: 'write a model as Keras, SavedModel, ONNX, TF.js or TFaaS',
    load: async () => (await import('./commands/export.ts')).exportCommand(),
  },
  inspect: {
    summary: 'format, signatures, layers and size of a model or a model file',
    load: async () => (await import('./commands/inspect.ts')).inspectCommand(),
  },
  promote: {
    summary: 'choose the version that answers, label versions, split requests',
    load: async () => (await import('./commands/promote.ts')).promoteCommand(),
  },
  tensorboard: {
    summary: 'start TensorBoard, where it is installed, on the runs',
    load: async () => (await import('./commands/tensorboard.ts')).tensorboardCommand(),
  },
  delete: {
    summary: 'delete a model or one version of it',
    load: async () => (await import('./commands/delete.ts')).deleteCommand(),
  },
  bench: {
    summary: 'measure how fast a server answers',
    load: async () => (await import('./commands/bench.ts')).benchCommand(),
  },
  trainer: {
    summary: 'a worker alone, for a server on the same data directory',
    load: async () => (await import('./commands/trainer.ts')).trainerCommand(),
  },
};

/**
 * Runs one command.
 * @param argv arguments after the program's name
 * @returns exit code: 0 done, 1 failed, 2 wrong usage, 130 interrupted before there was a result
 */
export async function main(argv: readonly string[]): Promise<number> {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', ignoreClosedPipe);
  try {
    const program = await buildProgram(argv[0] === 'help' ? argv[1] : argv[0]);
    if (argv.length === 0) program.outputHelp();
    else await program.parseAsync(argumentsOf(argv), { from: 'user' });
    return EXIT.done;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    if (error instanceof CommandFailed) return EXIT.failed;
    new Output({ json: argv.includes('--json') }).error(error);
    const { code } = asPictorError(error);
    if (code === 'training_interrupted') return EXIT.interrupted;
    return USAGE_ERRORS.includes(code) ? EXIT.usage : EXIT.failed;
  }
}

/** `help exprot` is refused as `exprot` is, with the command that is near; `serve` takes both spellings of its flags. */
function argumentsOf(argv: readonly string[]): readonly string[] {
  const [command, topic] = argv;
  const isUnknown = topic !== undefined && /^(?!help$)[^-]/.test(topic) && !Object.hasOwn(COMMANDS, topic);
  if (command === 'help' && isUnknown) return [topic];
  if (command === 'help' && topic === 'bench' && argv.length > 2) return [...argv.slice(1), '--help'];
  return command === 'serve' ? argv.map(withDashes) : argv;
}

/** @param wanted the command that will be used; of the others only the names are needed */
async function buildProgram(wanted: string | undefined): Promise<Command> {
  const program = new Command('pictor')
    .description('Trains image classifiers from a dataset and serves them.')
    .usage('COMMAND [options]')
    .version(packageVersion(), '-V, --version', 'show the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand('help [command]', 'show help for a command')
    .configureHelp(HELP_LAYOUT)
    .showHelpAfterError('Add --help to see how it is used.')
    .configureOutput({ outputError: (text, write) => write(`${plainLines(text)}\n`) })
    .exitOverride()
    .addHelpText('after', EXAMPLES);
  for (const [name, { summary, load }] of Object.entries(COMMANDS)) {
    const command = name === wanted ? await load() : new Command(name);
    program.addCommand(command.summary(summary).copyInheritedSettings(program));
    for (const inner of command.commands) inner.copyInheritedSettings(program);
  }
  return program;
}

function plainLines(text: string): string {
  return text.trimEnd().split('\n').map(plainLine).join('\n');
}

const EXAMPLES = `
Start here:
  pictor up                                   the studio, on http://localhost:8080
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
