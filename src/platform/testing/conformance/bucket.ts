/** @file What every provider's bucket must do. */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { expect } from 'vitest';
import { RandomGenerator } from '../../../contracts/index.ts';
import type { Bucket } from '../../types.ts';
import { describePrimitive, expectError, type ProviderUnderTest } from './suite.ts';

export function describeBucket(provider: ProviderUnderTest): void {
  describePrimitive('bucket', provider, {
    'stores bytes and gives them back': async ({ platform, another }) => {
      const bytes = randomBytes(100_000);
      const info = await platform.bucket('files').put('a/b.bin', bytes);
      expect(info).toEqual({ key: 'a/b.bin', bytes: 100_000, sha256: sha256(bytes) });
      for (const each of [platform, another]) {
        expect(sha256(await content(each.bucket('files'), 'a/b.bin'))).toBe(info.sha256);
        expect(await each.bucket('files').info('a/b.bin')).toEqual(info);
      }
    },

    'stores a stream of many chunks': async ({ platform }) => {
      const chunks = Array.from({ length: 300 }, (_, i) => randomBytes(i * 37, i));
      const whole = Buffer.concat(chunks);
      const info = await platform.bucket('files').put('stream', Readable.from(chunks));
      expect(info).toEqual({ key: 'stream', bytes: whole.length, sha256: sha256(whole) });
      expect(sha256(await content(platform.bucket('files'), 'stream'))).toBe(info.sha256);
    },

    'stores an empty object': async ({ platform }) => {
      await platform.bucket('files').put('empty', new Uint8Array());
      expect(await content(platform.bucket('files'), 'empty')).toEqual(Buffer.alloc(0));
      expect(await platform.bucket('files').info('empty')).toMatchObject({ bytes: 0, sha256: sha256(Buffer.alloc(0)) });
    },

    'says null for what is not there': async ({ platform }) => {
      const bucket = platform.bucket('files');
      expect(await bucket.get('nothing')).toBeNull();
      expect(await bucket.info('nothing')).toBeNull();
      expect(await bucket.list()).toEqual([]);
      await bucket.delete('nothing');
    },

    'replaces an object, and lets a reader of the old one finish': async ({ platform }) => {
      const bucket = platform.bucket('files');
      const old = randomBytes(3_000_000, 1);
      await bucket.put('x', old);
      const reader = await bucket.get('x');
      const info = await bucket.put('x', Buffer.from('new'));
      expect(sha256(await buffer(reader!))).toBe(sha256(old));
      expect(await bucket.info('x')).toEqual(info);
      expect((await content(bucket, 'x')).toString()).toBe('new');
      expect(await bucket.list()).toEqual([info]);
    },

    'deletes an object': async ({ platform, another }) => {
      await platform.bucket('files').put('x', Buffer.from('1'));
      await another.bucket('files').delete('x');
      expect(await platform.bucket('files').get('x')).toBeNull();
      expect(await platform.bucket('files').list()).toEqual([]);
    },

    'lists by prefix, in order of the keys': async ({ platform }) => {
      const bucket = platform.bucket('files');
      for (const key of ['b/2', 'a', 'b/10', 'b', 'b/1', 'c']) await bucket.put(key, Buffer.from(key));
      expect(await keys(bucket)).toEqual(['a', 'b', 'b/1', 'b/10', 'b/2', 'c']);
      expect(await keys(bucket, 'b/')).toEqual(['b/1', 'b/10', 'b/2']);
      expect(await keys(bucket, 'b/1')).toEqual(['b/1', 'b/10']);
      expect(await keys(bucket, 'd')).toEqual([]);
    },

    'keeps buckets apart': async ({ platform }) => {
      await platform.bucket('one').put('x', Buffer.from('1'));
      await platform.bucket('one-more').put('x', Buffer.from('2'));
      expect((await content(platform.bucket('one'), 'x')).toString()).toBe('1');
      expect(await keys(platform.bucket('one'))).toEqual(['x']);
      expect(await platform.bucket('two').get('x')).toBeNull();
    },

    'takes keys as they are': async ({ platform }) => {
      const bucket = platform.bucket('files');
      const awkward = [
        'A',
        'a',
        '../up',
        '/etc/passwd',
        '.',
        '..',
        'CON',
        'a b?*:|"<>',
        'ä',
        'a\u0308',
        '日本.zip',
        '🙂',
      ];
      for (const key of awkward) await bucket.put(key, Buffer.from(`content of ${key}`));
      for (const key of awkward) expect((await content(bucket, key)).toString()).toBe(`content of ${key}`);
      expect((await keys(bucket)).sort()).toEqual([...awkward].sort());
    },

    'refuses keys that are no text, and names that are not allowed': async ({ platform }) => {
      const bucket = platform.bucket('files');
      for (const key of ['', 'a\0b', 'a\nb', '\ud800', 'x'.repeat(513)]) {
        await expectError(bucket.put(key, Buffer.from('1')), 'platform_name_invalid');
        await expectError(bucket.get(key), 'platform_name_invalid');
      }
      for (const name of ['', '../x', 'Files', 'a b', 'a/b', '.a', 'x'.repeat(65)]) {
        await expectError((async () => platform.bucket(name))(), 'platform_name_invalid');
      }
    },

    'refuses what is longer than maxBytes, and keeps the old object': async ({ platform }) => {
      const bucket = platform.bucket('files');
      await bucket.put('x', Buffer.from('old'), { maxBytes: 3 });
      await expectError(bucket.put('x', Buffer.from('four'), { maxBytes: 3 }), 'body_too_large');
      let produced = 0;
      const endless = Readable.from(
        (async function* () {
          for (;;) {
            produced += 1000;
            yield Buffer.alloc(1000);
          }
        })(),
      );
      await expectError(bucket.put('y', endless, { maxBytes: 100_000 }), 'body_too_large');
      expect(produced).toBeLessThan(200_000);
      expect(endless.destroyed).toBe(true);
      expect((await content(bucket, 'x')).toString()).toBe('old');
      expect(await keys(bucket)).toEqual(['x']);
    },

    'stores nothing of a source that fails midway': async ({ platform }) => {
      const bucket = platform.bucket('files');
      await bucket.put('x', Buffer.from('old'));
      const failure = new Error('the line went dead');
      const source = (): Readable =>
        Readable.from(
          (async function* () {
            yield Buffer.alloc(10_000);
            throw failure;
          })(),
        );
      await expect(bucket.put('x', source())).rejects.toThrow('the line went dead');
      await expect(bucket.put('y', source())).rejects.toThrow('the line went dead');
      expect((await content(bucket, 'x')).toString()).toBe('old');
      expect(await keys(bucket)).toEqual(['x']);
    },

    'shows a whole object or none while many are written at once': async ({ platform, another }) => {
      const bodies = Array.from({ length: 8 }, (_, i) => randomBytes(200_000 + i, i));
      const digests = new Set(bodies.map(sha256));
      await platform.bucket('files').put('x', bodies[0]!);
      const writing = Promise.all(
        bodies.map((body, i) => (i % 2 ? platform : another).bucket('files').put('x', Readable.from([body]))),
      );
      let reads = 0;
      let done = false;
      const reading = (async () => {
        do {
          expect(digests).toContain(sha256(await content(platform.bucket('files'), 'x')));
          reads += 1;
        } while (!done);
      })();
      await writing;
      done = true;
      await reading;
      expect(reads).toBeGreaterThan(0);
      expect(await keys(platform.bucket('files'))).toEqual(['x']);
    },

    'ends a put that is under way when the platform is closed': async ({ platform, another }) => {
      const source = new Readable({ read() {} });
      source.push(Buffer.alloc(1000));
      const putting = expectError(another.bucket('files').put('x', source), 'store_closed');
      await another.close();
      await putting;
      expect(source.destroyed).toBe(true);
      expect(await platform.bucket('files').list()).toEqual([]);
      await expectError(another.bucket('files').put('x', Buffer.from('1')), 'store_closed');
    },
  });
}

async function content(bucket: Bucket, key: string): Promise<Buffer> {
  const stream = await bucket.get(key);
  expect(stream, key).not.toBeNull();
  return await buffer(stream!);
}

async function keys(bucket: Bucket, prefix?: string): Promise<string[]> {
  return (await bucket.list(prefix)).map(({ key }) => key);
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function randomBytes(length: number, seed = 0): Buffer {
  const random = new RandomGenerator(seed, 'bucket');
  const words = Uint32Array.from({ length: Math.ceil(length / 4) }, () => random.nextUint32());
  return Buffer.from(words.buffer, 0, length);
}
