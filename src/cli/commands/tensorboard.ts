/** @file `pictor tensorboard`: starts TensorBoard, where it is installed, on the event files of runs. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { Command } from 'commander';
import { PictorError } from '../../contracts/index.ts';
import { type CommonOptions, openContext, withCommonOptions } from '../context.ts';
import { CommandFailed } from '../failure.ts';
import { port } from '../options.ts';

interface TensorboardOptions extends CommonOptions {
  readonly port: number;
  readonly host: string;
}

export function tensorboardCommand(): Command {
  const command = new Command('tensorboard')
    .description(
      'Starts TensorBoard on the event files of all runs, or on those below a folder. It is a Python program of its own: pip install tensorboard.',
    )
    .argument('[folder]', 'what `pictor train --tensorboard DIR` named (default: the runs in the data directory)')
    .option('--port <n>', 'port of TensorBoard; 0 takes a free one', port, 6006)
    .option('--host <address>', 'address that TensorBoard listens on', '127.0.0.1')
    .addHelpText('after', '\nExamples:\n  pictor train ./photos --name pets --tensorboard\n  pictor tensorboard');
  return withCommonOptions(command).action(async (given: string | undefined, options: TensorboardOptions) => {
    const { output, dataDirectory } = openContext(options);
    const folder = path.resolve(given ?? path.join(dataDirectory, 'runs'));
    if (!existsSync(folder)) {
      throw new PictorError('not_found', `There are no event files: ${folder} does not exist.`, {
        fix: 'Train with --tensorboard first, or name the folder that was given to it.',
      });
    }
    output.note(`Starting TensorBoard on ${folder}. Press Ctrl-C to end it.`);
    await run([`--logdir=${folder}`, `--port=${options.port}`, `--host=${options.host}`]);
  });
}

/** @throws `program_missing` */
async function run(args: readonly string[]): Promise<void> {
  const child = spawn('tensorboard', args, { stdio: 'inherit' });
  const end = (signal: NodeJS.Signals) => child.kill(signal);
  process.on('SIGINT', end);
  process.on('SIGTERM', end);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', resolve);
    });
    if (code !== 0 && code !== null) throw new CommandFailed(`TensorBoard ended with code ${code}.`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new PictorError('program_missing', 'There is no program "tensorboard" on this machine.', {
      cause: error,
      fix: 'Install it with `pip install tensorboard` (Python 3), and see that its folder is in PATH.',
    });
  } finally {
    process.off('SIGINT', end);
    process.off('SIGTERM', end);
  }
}
