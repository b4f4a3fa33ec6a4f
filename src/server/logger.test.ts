import { expect, it } from 'vitest';
import { createLogger } from './logger.ts';

/** What a stream gets when `log` writes to it. */
function written(
  isTTY: boolean,
  environment: NodeJS.ProcessEnv,
  log: (logger: ReturnType<typeof createLogger>) => void,
) {
  let text = '';
  log(createLogger('info', { isTTY, write: (line) => (text += line) }, environment));
  return text;
}

it('writes JSON lines for programs', () => {
  const text = written(false, {}, (logger) => logger.warn({ trainer: 7 }, 'Slow.'));
  expect(JSON.parse(text)).toMatchObject({ level: 40, pid: process.pid, trainer: 7, msg: 'Slow.' });
  expect(text.endsWith('}\n')).toBe(true);
});

it('writes plain lines at a terminal', () => {
  const text = written(true, { NO_COLOR: '1' }, (logger) => {
    logger.debug('Not at this level.');
    logger.info({ trainer: 7 }, 'Ready.');
    logger.warn('Slow.');
    logger.error({ err: new Error('broken'), url: '/x?y' }, 'Failed.');
  });
  const [ready, slow, failed, reason, place] = text.split('\n');
  expect(ready).toMatch(/^\d\d:\d\d:\d\d Ready\.$/);
  expect(slow).toMatch(/^\d\d:\d\d:\d\d warning: Slow\.$/);
  expect(failed).toMatch(/^\d\d:\d\d:\d\d error: Failed\. url=\/x\?y$/);
  expect(reason).toBe('  Error: broken');
  expect(place).toMatch(/^ {6}at .*logger\.test\.ts/);
});

it('colours only where colours are wanted', () => {
  const warn = (environment: NodeJS.ProcessEnv) => written(true, environment, (logger) => logger.warn('Slow.'));
  expect(warn({ TERM: 'xterm' })).toContain('\u001b[33mwarning:\u001b[39m Slow.');
  expect(warn({ NO_COLOR: '1' })).not.toContain('\u001b');
  expect(warn({ TERM: 'dumb' })).not.toContain('\u001b');
});

it('lets no control character through to a terminal', () => {
  const text = written(true, { NO_COLOR: '1' }, (logger) => {
    logger.error({ err: new Error('\u001b[2J'), url: '/\u009b2J' }, 'A\u001b]0;b\u0007\nc');
  });
  expect(text.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
  expect(text).toContain('A\ufffd]0;b\ufffd\ufffdc');
});
