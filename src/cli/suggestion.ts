/** @file What somebody may have meant by a name that there is not, as commander finds it for commands. */
import { Command, CommanderError } from 'commander';

/** @returns `Did you mean digits?`, or null when no name is near */
export function didYouMean(word: string, names: readonly string[]): string | null {
  const program = new Command().exitOverride().helpCommand(false).helpOption(false);
  program.configureOutput({ writeErr: () => {} });
  for (const name of names) program.addCommand(new Command(name));
  try {
    program.parse(['--', word], { from: 'user' });
    return null;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return /\((Did you mean .*\?)\)/.exec(error.message)?.[1] ?? null;
  }
}
