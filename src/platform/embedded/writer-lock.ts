/** @file Lets one process at a time ask LMDB for its write lock. */
import { randomUUID } from 'node:crypto';
import { readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive } from '../processes.ts';

/** A holder writes for milliseconds; one that takes this long is stopped, or dead with its number in use again. */
const PATIENCE_MS = 2000;

/**
 * LMDB's own lock decides who writes. But who waits for it does so inside a system call that stops the whole thread, and
 * when a waiting process is killed at the moment it is woken, the others are never woken: Linux hands the lock of a dead
 * owner on, not the turn of a dead waiter. So nobody should have to wait there, and everybody waits here, where waiting
 * costs a timer. This lock may fail to exclude (it is taken away from holders that seem dead, and not used where it cannot
 * be made); nothing is lost then but that advantage.
 *
 * It is a symbolic link, because those are made with their content in one step; the content names the holder.
 */
export class WriterLock {
  readonly #path: string;
  readonly #name = `${process.pid}.${randomUUID()}`;
  #turn = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** Resolves when it is this one's turn. */
  async acquire(): Promise<void> {
    this.#turn += 1;
    let holder: string | null = null;
    let heldSince = 0;
    while (!this.#take()) {
      const current = this.#holder();
      if (current !== holder) {
        holder = current;
        heldSince = performance.now();
      }
      const isStale = holder !== null && (isGone(holder) || performance.now() - heldSince > PATIENCE_MS);
      if (isStale && !this.#remove(holder)) return;
      await sleep(1 + Math.random());
    }
  }

  release(): void {
    this.#remove(this.#owner);
  }

  get #owner(): string {
    return `${this.#name}.${this.#turn}`;
  }

  #take(): boolean {
    try {
      symlinkSync(this.#owner, this.#path);
      return true;
    } catch (error) {
      // On a full disk, or one without links, LMDB's lock alone has to do.
      return (error as NodeJS.ErrnoException).code !== 'EEXIST';
    }
  }

  #holder(): string | null {
    try {
      return readlinkSync(this.#path);
    } catch {
      return null;
    }
  }

  /** False when it cannot be removed. */
  #remove(holder: string | null): boolean {
    try {
      if (this.#holder() === holder) rmSync(this.#path, { force: true });
      return true;
    } catch {
      return false;
    }
  }
}

function isGone(holder: string): boolean {
  return !isAlive(Number.parseInt(holder, 10));
}
