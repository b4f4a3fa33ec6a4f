/** @file What every provider's topic must do. */
import { expect } from 'vitest';
import { describePrimitive, eventually, expectError, type ProviderUnderTest } from './suite.ts';

export function describeTopic(provider: ProviderUnderTest): void {
  describePrimitive('topic', provider, {
    'tells every subscriber every message, in order': async ({ platform, another }) => {
      const here: number[] = [];
      const there: number[] = [];
      await platform.topic<number>('news').subscribe((n) => here.push(n));
      await another.topic<number>('news').subscribe((n) => there.push(n));
      const sent = Array.from({ length: 50 }, (_, i) => i);
      for (const n of sent) await (n % 2 ? platform : another).topic<number>('news').publish(n);
      await eventually(() => expect([here, there]).toEqual([sent, sent]));
    },

    'carries JSON of any shape and size': async ({ platform, another }) => {
      const messages = [{ a: ['é🙂', null, 1.5] }, 'text', 0, null, { long: 'x'.repeat(300_000) }];
      const heard: unknown[] = [];
      await another.topic('news').subscribe((message) => heard.push(message));
      for (const message of messages) await platform.topic('news').publish(message);
      await eventually(() => expect(heard).toEqual(messages));
    },

    'tells nothing from before the subscription': async ({ platform, another }) => {
      const early: unknown[] = [];
      const late: unknown[] = [];
      await platform.topic('news').subscribe((message) => early.push(message));
      await another.topic('news').publish('before');
      await platform.topic('news').subscribe((message) => late.push(message));
      await another.topic('news').publish('after');
      await eventually(() => expect(early).toEqual(['before', 'after']));
      await eventually(() => expect(late).toEqual(['after']));
    },

    'keeps topics apart': async ({ platform }) => {
      const heard: unknown[] = [];
      await platform.topic('news').subscribe((message) => heard.push(message));
      await platform.topic('news-more').publish('other');
      await platform.topic('new').publish('other');
      await platform.topic('news').publish('mine');
      await eventually(() => expect(heard).toContain('mine'));
      expect(heard).toEqual(['mine']);
    },

    'stops telling when asked to': async ({ platform, another }) => {
      const first: unknown[] = [];
      const second: unknown[] = [];
      const stop = await platform.topic('news').subscribe((message) => first.push(message));
      await platform.topic('news').subscribe((message) => second.push(message));
      await another.topic('news').publish(1);
      await eventually(() => expect([first, second]).toEqual([[1], [1]]));
      stop();
      await another.topic('news').publish(2);
      await eventually(() => expect(second).toEqual([1, 2]));
      expect(first).toEqual([1]);
    },

    'publishes to nobody': async ({ platform }) => {
      await platform.topic('news').publish('hello?');
    },

    'refuses messages without JSON, and names that are not allowed': async ({ platform }) => {
      await expect(platform.topic('news').publish(undefined)).rejects.toThrow(TypeError);
      await expectError((async () => platform.topic('a.b'))(), 'platform_name_invalid');
    },

    'refuses to work after close': async ({ platform, another }) => {
      const heard: unknown[] = [];
      await another.topic('news').subscribe((message) => heard.push(message));
      await another.close();
      await platform.topic('news').publish('late');
      await expectError(another.topic('news').publish('x'), 'store_closed');
      await expectError(
        another.topic('news').subscribe(() => {}),
        'store_closed',
      );
      expect(heard).toEqual([]);
    },
  });
}
