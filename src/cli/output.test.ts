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

  it("shows the line of a user's file that an error points to", () => {
    const { written, output } = record(false);
    const details = { file: 'net.ts', line: 12, column: 3, source: '\tx\u001b = ;' };
    output.error(new PictorError('network_file_invalid', 'net.ts:12:3: No.', { fix: 'Do.', details }));
    expect(written.stderr).toBe('error: net.ts:12:3: No.\n  12 |  x\ufffd = ;\n     |   ^\nDo.\n');
  });

  it('escapes in JSON what JSON would leave', () => {
    const { written, output } = record(true);
    output.error(error);
    expect(written.stdout).toMatch(/^[ -~\u00a0-\uffff]+\n$/);
    expect(JSON.parse(written.stdout)).toMatchObject({ error: { message: error.message } });
  });
});
