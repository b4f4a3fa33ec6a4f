/** @file Logs: one JSON object a line on stderr, so that stdout stays for results. */
import { type Logger, pino } from 'pino';

export type { Logger } from 'pino';

export function createLogger(level: string): Logger {
  return pino({ level, base: { pid: process.pid } }, pino.destination({ dest: 2, sync: true }));
}
