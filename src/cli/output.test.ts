import { describe, expect, it } from 'vitest';
import { PictorError } from '../contracts/index.ts';
import { Output } from './output.ts';

function record(json: boolean) {
  const written = { stdout: '', stderr: '' };
  const sink = (name: 'stdout' | 'stderr') => ({ write: (text: string) => (written[name] += text) });
  return { written, output: new Output({ json, stdout: sink('stdout'), stderr: sink('stderr') }) };
}

describe('Output', () => {
  const error = new PictorError('archive_unsafe', 'A link,\n"\u001b[2J\u009b2J\u202e.png".', { fix: 'No\u0007.' });

  it('tells errors on two lines, without what a terminal would take for a command', () => {
    const { written, output } = record(false);
    output.error(error);
    expect(written).toEqual({ stdout: '', stderr: 'error: A link, "\ufffd[2J\ufffd2J\ufffd.png".\nNo\ufffd.\n' });
  });

  it('escapes in JSON what JSON would leave', () => {
    const { written, output } = record(true);
    output.error(error);
    expect(written.stdout).toMatch(/^[ -~\u00a0-\uffff]+\n$/);
    expect(JSON.parse(written.stdout)).toMatchObject({ error: { message: error.message } });
  });
});
