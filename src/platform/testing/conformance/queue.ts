/** @file What every provider's queue must do. */
import { expect } from 'vitest';
import type { Lease, Queue } from '../../types.ts';
import { describePrimitive, expectError, type ProviderUnderTest } from './suite.ts';

/** Longer than a test may take. */
const LONG_WAIT_MS = 120_000;

export function describeQueue(provider: ProviderUnderTest): void {
  describePrimitive('queue', provider, {
    'gives tasks in the order they were sent': async ({ platform, another, leaseMs }) => {
      const queue = platform.queue<{ n: number }>('work');
      for (let n = 0; n < 12; n++) await (n % 2 ? queue : another.queue<{ n: number }>('work')).send({ n });
      const got: number[] = [];
      for (let n = 0; n < 12; n++)
        got.push((await take(n % 3 ? queue : another.queue<{ n: number }>('work'), leaseMs)).payload.n);
      expect(got).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
      expect(await queue.receive({ leaseMs })).toBeNull();
    },

    'describes a lease': async ({ platform, leaseMs }) => {
      const queue = platform.queue('work');
      const id = await queue.send({ some: 'payload' });
      const lease = await take(queue, leaseMs);
      expect(lease).toMatchObject({ id, payload: { some: 'payload' }, attempt: 1 });
      expect(lease.token).not.toBe('');
    },

    'counts what waits, what is held and what is dead': async ({ platform, another, leaseMs }) => {
      const queue = platform.queue('work', { maxAttempts: 1 });
      expect(await queue.depth()).toEqual({ waiting: 0, leased: 0, dead: 0 });
      for (let n = 0; n < 4; n++) await queue.send(n);
      await queue.complete(await take(queue, leaseMs));
      await queue.release(await take(queue, leaseMs), 'broken');
      await take(queue, leaseMs);
      expect(await another.queue('work').depth()).toEqual({ waiting: 1, leased: 1, dead: 1 });
    },

    'sends a task with an id once, until it is gone': async ({ platform, another, leaseMs }) => {
      const queue = platform.queue<string>('work', { maxAttempts: 1 });
      expect(await queue.send('first', { id: 'run/1' })).toBe('run/1');
      expect(await another.queue('work').send('second', { id: 'run/1' })).toBe('run/1');
      const lease = await take(queue, leaseMs);
      await queue.send('third', { id: 'run/1' });
      expect(await queue.depth()).toEqual({ waiting: 0, leased: 1, dead: 0 });
      expect(lease.payload).toBe('first');
      await queue.release(lease, 'broken');
      await queue.send('fourth', { id: 'run/1' });
      expect(await queue.depth()).toEqual({ waiting: 0, leased: 0, dead: 1 });
      await queue.remove('run/1');
      await queue.send('fifth', { id: 'run/1' });
      expect((await take(queue, leaseMs)).payload).toBe('fifth');
    },

    'forgets a task that is complete': async ({ platform, another, leaseMs, passLease }) => {
      const queue = platform.queue('work');
      await queue.send(1, { id: 'x' });
      const lease = await take(queue, leaseMs);
      await queue.complete(lease);
      await expectError(another.queue('work').complete(lease), 'lease_lost');
      await passLease();
      expect(await queue.receive({ leaseMs })).toBeNull();
      expect(await queue.depth()).toEqual({ waiting: 0, leased: 0, dead: 0 });
    },

    'gives a task to one of many takers': async ({ platform, another, leaseMs }) => {
      await platform.queue('work').send(1);
      const takers = Array.from({ length: 10 }, (_, i) =>
        (i % 2 ? platform : another).queue('work').receive({ leaseMs, waitMs: 50 }),
      );
      expect((await Promise.all(takers)).filter((lease) => lease !== null)).toHaveLength(1);
    },

    'gives a task again, before younger ones, when its lease ran out': async ({
      platform,
      another,
      leaseMs,
      passLease,
    }) => {
      const queue = platform.queue<string>('work');
      await queue.send('old');
      await queue.send('young');
      const lost = await take(queue, leaseMs);
      await passLease();
      const lease = await take(another.queue<string>('work'), leaseMs);
      expect(lease).toMatchObject({ id: lost.id, payload: 'old', attempt: 2 });
      expect(lease.token).not.toBe(lost.token);
      await expectError(queue.complete(lost), 'lease_lost');
      await expectError(queue.extend(lost, leaseMs), 'lease_lost');
      await expectError(queue.release(lost, 'late'), 'lease_lost');
      await another.queue<string>('work').complete(lease);
      expect((await take(queue, leaseMs)).payload).toBe('young');
    },

    'counts a lease as lost when it ran out, even if nobody took the task': async ({
      platform,
      leaseMs,
      passLease,
    }) => {
      const queue = platform.queue('work');
      await queue.send(1);
      const lease = await take(queue, leaseMs);
      await passLease();
      await expectError(queue.extend(lease, leaseMs), 'lease_lost');
      await expectError(queue.complete(lease), 'lease_lost');
      expect(await queue.depth()).toEqual({ waiting: 1, leased: 0, dead: 0 });
    },

    'prolongs a lease from now on': async ({ platform, another, leaseMs, passLease }) => {
      const queue = platform.queue('work');
      await queue.send(1);
      const lease = await take(queue, leaseMs);
      await queue.extend(lease, leaseMs * 2.5);
      await passLease();
      expect(await another.queue('work').receive({ leaseMs })).toBeNull();
      await queue.extend(lease, leaseMs * 1.5);
      await passLease();
      await queue.complete(lease);
      expect(await queue.depth()).toEqual({ waiting: 0, leased: 0, dead: 0 });
    },

    'gives a released task again at once': async ({ platform, another, leaseMs }) => {
      const queue = platform.queue<string>('work');
      await queue.send('first');
      await queue.send('second');
      await queue.release(await take(queue, leaseMs), 'shutting down');
      const lease = await take(another.queue<string>('work'), leaseMs);
      expect(lease).toMatchObject({ payload: 'first', attempt: 2 });
    },

    'buries a task whose lease ran out too often, with the reason': async ({ platform, leaseMs, passLease }) => {
      const queue = platform.queue<string>('work');
      await queue.send('poison', { id: 'x' });
      for (let attempt = 1; attempt <= 3; attempt++) {
        expect(await take(queue, leaseMs)).toMatchObject({ id: 'x', attempt });
        await passLease();
      }
      await queue.send('next');
      expect((await take(queue, leaseMs)).payload).toBe('next');
      expect(await queue.deadLetters()).toEqual([
        { id: 'x', payload: 'poison', attempts: 3, reason: expect.stringMatching(/lease ran out 3 times.*held by/) },
      ]);
      expect(await queue.depth()).toEqual({ waiting: 0, leased: 1, dead: 1 });
    },

    'buries it without waiting for the next taker': async ({ platform, another, leaseMs, passLease }) => {
      const queue = platform.queue('work', { maxAttempts: 2 });
      await queue.send(1, { id: 'x' });
      for (let attempt = 1; attempt <= 2; attempt++) {
        await take(queue, leaseMs);
        await passLease();
      }
      expect(await another.queue('work').depth()).toEqual({ waiting: 0, leased: 0, dead: 1 });
      expect(await another.queue('work').deadLetters()).toMatchObject([{ id: 'x', attempts: 2 }]);
      expect(await queue.receive({ leaseMs })).toBeNull();
      expect(await queue.deadLetters()).toMatchObject([{ id: 'x', attempts: 2 }]);
    },

    'buries a task that was released too often, with the last reason': async ({ platform, leaseMs }) => {
      const queue = platform.queue<string>('work', { maxAttempts: 2 });
      await queue.send('poison', { id: 'x' });
      await queue.release(await take(queue, leaseMs), 'no memory');
      await queue.release(await take(queue, leaseMs), 'no disk');
      expect(await queue.receive({ leaseMs })).toBeNull();
      expect(await queue.deadLetters()).toEqual([{ id: 'x', payload: 'poison', attempts: 2, reason: 'no disk' }]);
    },

    'removes what nobody holds': async ({ platform, another, leaseMs, passLease }) => {
      const queue = platform.queue('work', { maxAttempts: 1 });
      await queue.send(1, { id: 'waiting' });
      expect(await another.queue('work').remove('waiting')).toBe(true);
      expect(await queue.remove('waiting')).toBe(false);
      expect(await queue.receive({ leaseMs })).toBeNull();
      await queue.send(2, { id: 'held' });
      await take(queue, leaseMs);
      expect(await another.queue('work').remove('held')).toBe(false);
      await passLease();
      expect(await queue.remove('held')).toBe(true);
      await queue.send(3, { id: 'dead' });
      await queue.release(await take(queue, leaseMs), 'broken');
      expect(await queue.remove('dead')).toBe(true);
      expect(await queue.remove('never')).toBe(false);
      expect(await queue.depth()).toEqual({ waiting: 0, leased: 0, dead: 0 });
      expect(await queue.deadLetters()).toEqual([]);
    },

    'waits for a task that is sent later, by anybody': async ({ platform, another, leaseMs }) => {
      for (const sender of [platform, another]) {
        const waiting = platform.queue('work').receive({ leaseMs, waitMs: LONG_WAIT_MS });
        const id = await sender.queue('work').send(1);
        expect((await waiting)?.id).toBe(id);
      }
    },

    'waits for a task that is released, and for a lease that runs out': async ({
      platform,
      another,
      leaseMs,
      passLease,
    }) => {
      const queue = platform.queue('work');
      const id = await queue.send(1);
      const held = await take(queue, leaseMs);
      const waiting = another.queue('work').receive({ leaseMs, waitMs: LONG_WAIT_MS });
      await queue.release(held, 'not mine');
      expect(await waiting).toMatchObject({ id, attempt: 2 });
      const waitingForTheEnd = queue.receive({ leaseMs, waitMs: LONG_WAIT_MS });
      await passLease();
      expect(await waitingForTheEnd).toMatchObject({ id, attempt: 3 });
    },

    'waits no longer than it is told': async ({ platform, leaseMs }) => {
      const start = performance.now();
      expect(await platform.queue('work').receive({ leaseMs, waitMs: 60 })).toBeNull();
      expect(performance.now() - start).toBeGreaterThan(55);
    },

    'stops waiting when the signal is given, and takes nothing after it': async ({ platform, another, leaseMs }) => {
      const stop = new AbortController();
      const waiting = platform.queue('work').receive({ leaseMs, waitMs: LONG_WAIT_MS, signal: stop.signal });
      stop.abort();
      expect(await waiting).toBeNull();
      await platform.queue('work').send(1);
      expect(await platform.queue('work').receive({ leaseMs, signal: stop.signal })).toBeNull();
      expect(await another.queue('work').depth()).toEqual({ waiting: 1, leased: 0, dead: 0 });
    },

    'stops waiting when the platform is closed': async ({ another, leaseMs }) => {
      const queue = another.queue('work');
      const waiting = queue.receive({ leaseMs, waitMs: LONG_WAIT_MS });
      await another.close();
      expect(await waiting).toBeNull();
      await expectError(queue.receive({ leaseMs }), 'store_closed');
      await expectError(queue.send(1), 'store_closed');
    },

    'keeps queues apart': async ({ platform, leaseMs }) => {
      await platform.queue('one').send(1, { id: 'x' });
      await platform.queue('one-more').send(2, { id: 'x' });
      expect((await take(platform.queue('one-more'), leaseMs)).payload).toBe(2);
      expect(await platform.queue('one').depth()).toEqual({ waiting: 1, leased: 0, dead: 0 });
      expect(await platform.queue('two').receive({ leaseMs })).toBeNull();
    },

    'carries large payloads': async ({ platform, another, leaseMs }) => {
      const payload = { text: 'ü'.repeat(200_000) };
      await platform.queue('work').send(payload);
      expect((await take(another.queue('work'), leaseMs)).payload).toEqual(payload);
    },

    'refuses ids, names and options that make no sense': async ({ platform, leaseMs }) => {
      const queue = platform.queue('work');
      await expectError(queue.send(1, { id: '' }), 'platform_name_invalid');
      await expectError((async () => platform.queue('No Spaces'))(), 'platform_name_invalid');
      await expect(queue.send(undefined)).rejects.toThrow(TypeError);
      await queue.send(1);
      await expect(queue.receive({ leaseMs: 0 })).rejects.toThrow(RangeError);
      await expect(queue.receive({ leaseMs: Number.NaN })).rejects.toThrow(RangeError);
      await expect(queue.extend(await take(queue, leaseMs), -1)).rejects.toThrow(RangeError);
      expect(() => platform.queue('work', { maxAttempts: 0 })).toThrow(RangeError);
    },
  });
}

async function take<T>(queue: Queue<T>, leaseMs: number): Promise<Lease<T>> {
  const lease = await queue.receive({ leaseMs });
  expect(lease, 'a task to take').not.toBeNull();
  return lease!;
}
