/** @file Logs on stderr, so that stdout stays for results: JSON lines for programs, plain lines for a person at a terminal. */
import { styleText } from 'node:util';
import { type Logger, pino } from 'pino';

export type { Logger } from 'pino';

/** The part of stderr that is used. */
export interface LogSink {
  write(text: string): unknown;
  readonly isTTY?: boolean;
}

/** @param level `debug`, `info`, `warn`, `error` or `silent` */
export function createLogger(level: string, sink: LogSink = process.stderr, environment = process.env): Logger {
  const options = { level, base: { pid: process.pid } };
  if (sink.isTTY !== true) {
    // Straight to the file descriptor: a line that is written just before a crash is not lost in a buffer.
    return pino(options, sink === process.stderr ? pino.destination({ dest: 2, sync: true }) : sink);
  }
  // https://no-color.org: set and not empty means none.
  const isStyled = !environment.NO_COLOR && environment.TERM !== 'dumb';
  return pino(options, { write: (line: string) => sink.write(readableLine(line, isStyled)) });
}

const TAGS = {
  warn: { text: 'warning:', style: 'yellow' },
  error: { text: 'error:', style: 'red' },
  fatal: { text: 'error:', style: 'red' },
} as const;

/** One of pino's lines as `12:30:59 warning: message field=value`, with the stack of an error below. */
function readableLine(line: string, isStyled: boolean): string {
  const paint = (style: 'dim' | 'red' | 'yellow', text: string) =>
    isStyled ? styleText(style, text, { validateStream: false }) : text;
  // Who wrote it is clear at a terminal: one server and its trainer.
  const { level, time, pid: _, trainer: __, msg = '', err, ...fields } = JSON.parse(line);
  const tag = TAGS[pino.levels.labels[level] as keyof typeof TAGS];
  const parts = [paint('dim', new Date(time).toTimeString().slice(0, 8))];
  if (tag) parts.push(paint(tag.style, tag.text));
  parts.push(printable(msg));
  for (const [name, value] of Object.entries(fields)) {
    parts.push(paint('dim', `${name}=${printable(typeof value === 'string' ? value : JSON.stringify(value))}`));
  }
  const stack: string[] = err?.stack?.split('\n') ?? [];
  return [parts.join(' '), ...stack.map((text) => paint('dim', `  ${printable(text)}`)), ''].join('\n');
}

/** A message may quote names from archives and from servers; a terminal would obey their control characters. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\u{fffd}');
}
