/** @file What every provider's key-value store must do. */
import { expect } from 'vitest';
import type { KeyValueChange } from '../../types.ts';
import { describePrimitive, eventually, expectError, type ProviderUnderTest } from './suite.ts';

export function describeKeyValue(provider: ProviderUnderTest): void {
  describePrimitive('key-value store', provider, {
    'stores JSON and gives it back': async ({ platform, another }) => {
      const values = [
        { text: 'é🙂\n\0"', list: [1, -2.5, 1e300, null, true], nested: { empty: {} } },
        'text',
        '',
        0,
        false,
        null,
        [],
        '1\n2',
      ];
      for (const value of values) {
        const revision = await platform.keyValue('state').put('x', value);
        for (const each of [platform, another]) {
          expect(await each.keyValue('state').get('x')).toEqual({ key: 'x', value, revision });
        }
      }
    },

    'stores what was given, not what became of it': async ({ platform }) => {
      const value = { count: 1 };
      const putting = platform.keyValue('state').put('x', value);
      value.count = 2;
      await putting;
      expect((await platform.keyValue('state').get('x'))?.value).toEqual({ count: 1 });
    },

    'stores values of every size up to a megabyte': async ({ platform, another }) => {
      for (const length of [100, 1_000, 1_900, 2_040, 4_000, 4_096, 10_000, 70_000, 400_000, 1_000_000]) {
        const value = { log: Array.from({ length: length / 10 }, (_, i) => String(i).padStart(7, 'ä')) };
        await platform.keyValue('state').put(`size/${length}`, value);
        expect((await another.keyValue('state').get(`size/${length}`))?.value).toEqual(value);
      }
      expect(await another.keyValue('state').list('size/')).toHaveLength(10);
    },

    'says null for what is not there': async ({ platform }) => {
      const store = platform.keyValue('state');
      expect(await store.get('nothing')).toBeNull();
      expect(await store.list()).toEqual([]);
      await store.delete('nothing');
    },

    'gives every change of a key a greater revision, even after a deletion': async ({ platform, another }) => {
      const store = platform.keyValue<number>('state');
      const first = await store.put('x', 1);
      const second = await another.keyValue('state').put('x', 1);
      const third = await store.update('x', 2, second);
      await store.delete('x');
      const fourth = await store.put('x', 1);
      expect(first).toBeGreaterThan(0);
      expect([first, second, third, fourth]).toEqual([first, second, third, fourth].sort((a, b) => a - b));
      expect(new Set([first, second, third, fourth]).size).toBe(4);
    },

    'updates only from the stored revision': async ({ platform, another }) => {
      const store = platform.keyValue<string>('state');
      const revision = await store.update('x', 'first', 0);
      await expectError(store.update('x', 'again', 0), 'conflict');
      const newer = await another.keyValue('state').update('x', 'second', revision);
      const error = await expectError(store.update('x', 'late', revision), 'conflict');
      expect(error.details).toMatchObject({ key: 'x', revision: newer, expected: revision });
      await expectError(store.update('y', 'missing', newer), 'conflict');
      expect(await store.get('x')).toEqual({ key: 'x', value: 'second', revision: newer });
      expect(await store.get('y')).toBeNull();
      await store.delete('x');
      await expectError(store.update('x', 'late', newer), 'conflict');
      await store.update('x', 'new', 0);
    },

    'lets exactly one of many updates win': async ({ platform, another }) => {
      const revision = await platform.keyValue('state').put('x', -1);
      const outcomes = await Promise.allSettled(
        Array.from({ length: 20 }, (_, i) => (i % 2 ? platform : another).keyValue('state').update('x', i, revision)),
      );
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      const winner = outcomes.findIndex(({ status }) => status === 'fulfilled');
      expect((await platform.keyValue('state').get('x'))?.value).toBe(winner);
    },

    'counts exactly when everybody retries on conflict': async ({ platform, another }) => {
      const count = async (store: ReturnType<typeof platform.keyValue<number>>): Promise<void> => {
        for (let done = 0; done < 25; ) {
          const entry = await store.get('count');
          const updating = store.update('count', (entry?.value ?? 0) + 1, entry?.revision ?? 0);
          done += await updating.then(
            () => 1,
            () => 0,
          );
        }
      };
      await Promise.all([platform, another, platform, another].map((each) => count(each.keyValue<number>('state'))));
      expect((await platform.keyValue('state').get('count'))?.value).toBe(100);
    },

    'deletes a key': async ({ platform, another }) => {
      await platform.keyValue('state').put('x', 1);
      await another.keyValue('state').delete('x');
      expect(await platform.keyValue('state').get('x')).toBeNull();
      expect(await platform.keyValue('state').list()).toEqual([]);
    },

    'lists by prefix, in order of the keys': async ({ platform }) => {
      const store = platform.keyValue<string>('state');
      for (const key of ['b/2', 'a', 'b/10', 'b', 'B', 'b/1', 'c', '../x', 'ä', 'b*>']) await store.put(key, `${key}!`);
      const keys = async (prefix?: string): Promise<string[]> => (await store.list(prefix)).map(({ key }) => key);
      expect(await keys()).toEqual(['../x', 'B', 'a', 'b', 'b*>', 'b/1', 'b/10', 'b/2', 'c', 'ä']);
      expect(await keys('b/1')).toEqual(['b/1', 'b/10']);
      expect(await keys('b*')).toEqual(['b*>']);
      expect(await keys('ä')).toEqual(['ä']);
      expect(await keys('x')).toEqual([]);
      for (const { key, value } of await store.list()) expect(value).toBe(`${key}!`);
    },

    'keeps stores apart': async ({ platform }) => {
      await platform.keyValue('one').put('x', 1);
      await platform.keyValue('one-more').put('x', 2);
      expect((await platform.keyValue('one').get('x'))?.value).toBe(1);
      expect(await platform.keyValue('one').list()).toHaveLength(1);
      expect(await platform.keyValue('two').list()).toEqual([]);
    },

    'refuses keys that are no text, values without JSON, and names that are not allowed': async ({ platform }) => {
      const store = platform.keyValue('state');
      for (const key of ['', 'a\0b', 'a\tb', '\udfff', 'ä'.repeat(257)]) {
        await expectError(store.put(key, 1), 'platform_name_invalid');
      }
      await expect(store.put('x', undefined)).rejects.toThrow(TypeError);
      await expect(store.put('x', () => 1)).rejects.toThrow(TypeError);
      expect(await store.list()).toEqual([]);
      await expectError((async () => platform.keyValue('no/slash'))(), 'platform_name_invalid');
    },

    'tells watchers of later changes under their prefix, by anybody': async ({ platform, another }) => {
      await platform.keyValue('state').put('run/old', 1);
      const seen: KeyValueChange<number>[] = [];
      await platform.keyValue<number>('state').watch('run/', (change) => seen.push(change));
      const own = await platform.keyValue('state').put('run/a', 10);
      await eventually(() => expect(seen).toEqual([{ key: 'run/a', value: 10, revision: own }]));
      await another.keyValue('state').put('other', 1);
      await another.keyValue('elsewhere').put('run/a', 1);
      const foreign = await another.keyValue('state').put('run/b', 20);
      await eventually(() => expect(seen.slice(1)).toEqual([{ key: 'run/b', value: 20, revision: foreign }]));
    },

    'tells watchers nothing from before': async ({ platform, another }) => {
      const store = platform.keyValue<number>('state');
      const early: (number | null)[] = [];
      const late: (number | null)[] = [];
      await store.watch('', ({ value }) => early.push(value));
      await another.keyValue('state').put('x', 1);
      await store.watch('', ({ value }) => late.push(value));
      await another.keyValue('state').put('y', 2);
      await eventually(() => expect(early).toEqual([1, 2]));
      await eventually(() => expect(late).toEqual([2]));
    },

    'tells watchers of deletions': async ({ platform, another }) => {
      const revision = await platform.keyValue('state').put('x', 1);
      const seen: KeyValueChange<number>[] = [];
      await another.keyValue<number>('state').watch('', (change) => seen.push(change));
      await platform.keyValue('state').delete('x');
      await eventually(() => expect(seen).toHaveLength(1));
      expect(seen[0]).toMatchObject({ key: 'x', value: null });
      expect(seen[0]?.revision).toBeGreaterThan(revision);
      const again = await platform.keyValue('state').put('x', 2);
      await eventually(() => expect(seen.at(-1)).toEqual({ key: 'x', value: 2, revision: again }));
    },

    'may merge fast changes, but always tells the last one, in order': async ({ platform, another }) => {
      const seen: KeyValueChange<number>[] = [];
      await platform.keyValue<number>('state').watch('', (change) => seen.push(change));
      for (let round = 0; round < 20; round++) {
        await Promise.all([another.keyValue('state').put('x', round), platform.keyValue('state').put('y', -round)]);
      }
      await eventually(() => {
        expect(seen.findLast(({ key }) => key === 'x')?.value).toBe(19);
        expect(seen.findLast(({ key }) => key === 'y')?.value).toBe(-19);
      });
      for (const key of ['x', 'y']) {
        const revisions = seen.filter((change) => change.key === key).map(({ revision }) => revision);
        expect(revisions).toEqual([...new Set(revisions)].sort((a, b) => a - b));
      }
    },

    'stops telling when asked to': async ({ platform }) => {
      const store = platform.keyValue<number>('state');
      const first: number[] = [];
      const second: number[] = [];
      const stop = await store.watch('', ({ value }) => first.push(value ?? 0));
      await store.watch('', ({ value }) => second.push(value ?? 0));
      await store.put('x', 1);
      await eventually(() => expect([first, second]).toEqual([[1], [1]]));
      stop();
      stop();
      await store.put('x', 2);
      await eventually(() => expect(second).toEqual([1, 2]));
      expect(first).toEqual([1]);
    },

    'refuses to work after close': async ({ platform, another }) => {
      const seen: unknown[] = [];
      const store = another.keyValue('state');
      await store.watch('', (change) => seen.push(change));
      const putting = store.put('x', 1);
      await another.close();
      await putting;
      await platform.keyValue('state').put('x', 2);
      await expectError(store.get('x'), 'store_closed');
      await expectError(store.put('x', 3), 'store_closed');
      await expectError(
        store.watch('', () => {}),
        'store_closed',
      );
      expect((await platform.keyValue('state').get('x'))?.value).toBe(2);
      expect(seen.length).toBeLessThanOrEqual(1);
      await another.close();
    },
  });
}
