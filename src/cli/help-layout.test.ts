import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { serveCommand } from './commands/serve.ts';
import { trainCommand } from './commands/train.ts';
import { HELP_LAYOUT } from './help-layout.ts';

function helpOf(command: Command, width: number): string[] {
  const laidOut = command.configureHelp({ ...HELP_LAYOUT, helpWidth: width });
  return laidOut.helpInformation().split('\n');
}
const tooLong = (lines: readonly string[], width: number) => lines.filter((line) => line.length > width);

describe('help', () => {
  it.each([60, 80, 100, 140])('fits a terminal of %d columns', (width) => {
    expect(tooLong(helpOf(serveCommand(), width), width)).toEqual([]);
    expect(tooLong(helpOf(trainCommand(), width), width)).toEqual([]);
  });

  it('puts a long flag above its text, and short ones beside', () => {
    const lines = helpOf(serveCommand(), 80);
    const flag = lines.findIndex((line) => line.includes('--allow-version-labels-for-unavailable-models'));
    expect(lines[flag]).toBe('  --allow-version-labels-for-unavailable-models [true|false]');
    expect(lines[flag + 1]).toMatch(/^ {38,}a new label may point/);
    expect(lines.find((line) => line.includes('--tls-key'))).toMatch(/^ {2}--tls-key <file> {2,}its key, PEM$/);
  });

  it('leaves commands with short terms as they are', () => {
    const plain = () => new Command('x').option('--short <n>', 'a text of a few words that says what it is for');
    const expected = plain().configureHelp({ helpWidth: 80 }).helpInformation();
    expect(helpOf(plain(), 80).join('\n')).toBe(expected);
  });
});
