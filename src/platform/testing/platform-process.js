/**
 * @file A process that uses a platform until it is killed, and says on stdout what was acknowledged.
 * Arguments: mode, directory, name of this process, options as JSON.
 */
import { createHash } from 'node:crypto';
import { rmSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { openEmbeddedPlatform } from '../../../dist/platform/index.js';

const [mode = '', directory = '', name = '', json = '{}'] = process.argv.slice(2);
const options = JSON.parse(json);
const modes = { write, work, count, watch, wait, fill };
try {
  const opened = await openEmbeddedPlatform(directory);
  await modes[/** @type {keyof typeof modes} */ (mode)](opened);
} catch (error) {
  say('failed', error.code, error.message);
}

/** One line, written before this returns. @param {unknown[]} words */
function say(...words) {
  writeSync(1, `${words.join(' ')}\n`);
}

/** Stores, sends and uploads for ever. @param {import('../types.ts').Platform} platform */
async function write(platform) {
  for (let i = 0; ; i++) {
    const key = `${name}/${i % 7}`;
    await platform.keyValue('state').put(key, { i, text: 'x'.repeat((i * 97) % 9000) });
    say('put', key, i);
    say('sent', await platform.queue('work').send(i, { id: `${name}/${i}` }));
    const chunks = Array.from({ length: 3 }, () => Buffer.alloc((i * 1009) % 30_000, name + i));
    const { sha256 } = await platform.bucket('files').put(key, Readable.from(chunks));
    if (sha256 !== createHash('sha256').update(Buffer.concat(chunks)).digest('hex')) say('wrong', key);
    say('stored', key, i, sha256);
  }
}

/** Takes tasks, holds each for a moment, completes it. @param {import('../types.ts').Platform} platform */
async function work(platform) {
  const queue = platform.queue('work', { maxAttempts: 100 });
  for (;;) {
    const from = Date.now();
    const lease = await queue.receive({ leaseMs: options.leaseMs, waitMs: 50 });
    if (!lease) continue;
    // The true lease holds at least from here to there, whatever the two processes measured.
    say('took', lease.id, Date.now(), from + options.leaseMs);
    await sleep((Number(lease.id) * 7) % 20);
    const held = Date.now();
    const done = await queue.complete(lease).then(
      () => true,
      (error) => error.code,
    );
    say(done === true ? 'done' : done, lease.id, held);
  }
}

/** Adds to one number by compare-and-set. @param {import('../types.ts').Platform} platform */
async function count(platform) {
  const store = platform.keyValue('state');
  for (let done = 0; done < options.times; ) {
    const entry = await store.get('count');
    const sum = Number(entry?.value ?? 0) + 1;
    const added = await store.update('count', sum, entry?.revision ?? 0).then(
      () => true,
      (error) => {
        if (error.code !== 'conflict') throw error;
        return false;
      },
    );
    if (!added) continue;
    done += 1;
    say('counted', sum);
  }
  await platform.close();
}

/** Listens, and has nothing else to do. @param {import('../types.ts').Platform} platform */
async function watch(platform) {
  process.on('uncaughtException', (error) => say('uncaught', error.message));
  const heard = (/** @type {string} */ what) => (/** @type {unknown} */ news) => {
    say(what, JSON.stringify(news));
    throw new Error(`from the listener of the ${what}`);
  };
  await platform.keyValue('state').watch('', heard('change'));
  await platform.topic('news').subscribe(heard('message'));
  await platform.keyValue('state').get('x');
  say('listening');
  if (options.stay) await sleep(60_000);
}

/** Waits for one task. @param {import('../types.ts').Platform} platform */
async function wait(platform) {
  say('waiting');
  const lease = await platform.queue('work').receive({ leaseMs: 1000, waitMs: 120_000 });
  say('took', lease?.id);
}

/** Stores until the disk is full, then makes some room and goes on. @param {import('../types.ts').Platform} platform */
async function fill(platform) {
  const failed = async (/** @type {(i: number) => Promise<unknown>} */ store) => {
    for (let i = 0; ; i++) {
      try {
        await store(i);
      } catch (error) {
        return [i, /** @type {{ code?: string }} */ (error).code];
      }
    }
  };
  const ballast = path.join(directory, '..', 'ballast');
  writeFileSync(ballast, Buffer.alloc(200_000));
  const files = platform.bucket('files');
  say('stored', ...(await failed((i) => files.put(`file/${i}`, Readable.from([Buffer.alloc(100_000)])))));
  const text = 'x'.repeat(10_000);
  const state = platform.keyValue('state');
  say('put', ...(await failed((i) => state.put(`key/${i}`, { i, text }))));
  say(
    'readable',
    (await state.list()).every(({ key, value }) => key === `key/${value.i}` && value.text === text),
  );
  say('readable', Boolean(await files.get('file/0')));
  rmSync(ballast);
  await state.delete('key/0');
  say('usable', Boolean(await state.put('after', 1)));
  await files.delete('file/0');
  say('usable', Boolean(await files.put('small', Buffer.alloc(1000))));
  await platform.close();
}
