/** @file Ids of runs and datasets, and the name of a worker. */
import { randomInt } from 'node:crypto';
import { hostname } from 'node:os';
import { PictorError } from '../contracts/index.ts';

/** Sorts by time and can be read aloud: `20261120-094512-k3x9` (UTC). */
export function newId(now: Date = new Date()): string {
  const [date, time] = now.toISOString().slice(0, 19).replace(/[-:]/g, '').split('T');
  return `${date}-${time}-${randomInt(36 ** 4)
    .toString(36)
    .padStart(4, '0')}`;
}

/** @throws `invalid_request` */
export function checkId(id: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(id)) return id;
  throw new PictorError('invalid_request', `"${id.slice(0, 100)}" cannot be an id.`, {
    fix: 'Use letters, digits, dots, dashes and underscores; start with a letter or a digit; at most 100 characters.',
  });
}

/** `host:pid` of this process. */
export function workerName(): string {
  return `${hostname()}:${process.pid}`;
}
