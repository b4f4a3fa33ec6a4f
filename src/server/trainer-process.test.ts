import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, it } from 'vitest';
import { createLogger } from './logger.ts';
import { TrainerProcess } from './trainer-process.ts';

const log = createLogger('silent');
let trainer: TrainerProcess;
afterEach(() => trainer.stop());

/** A stand-in that lives until the channel to its parent closes or it is told to end. */
const WAITING = `process.on('disconnect', () => process.exit(0)); process.on('SIGTERM', () => process.exit(0)); setInterval(() => {}, 1000);`;
const command = (script: string) => ({ file: process.execPath, args: ['-e', script] });

const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};
const until = async (condition: () => boolean) => {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
};

it('starts another trainer when one is killed', async () => {
  trainer = new TrainerProcess(command(WAITING), log);
  trainer.start();
  const first = trainer.pid as number;
  process.kill(first, 'SIGKILL');
  await until(() => trainer.pid !== null && trainer.pid !== first);
  expect(isAlive(trainer.pid as number)).toBe(true);
});

it('leaves no process behind when it is stopped', async () => {
  trainer = new TrainerProcess(command(WAITING), log);
  trainer.start();
  const pid = trainer.pid as number;
  await trainer.stop();
  expect(isAlive(pid)).toBe(false);
  trainer.start();
  expect(trainer.pid).toBe(null);
});

it('goes on when the program cannot be started', async () => {
  trainer = new TrainerProcess({ file: '/nowhere/node', args: [] }, log);
  trainer.start();
  await until(() => trainer.pid === null);
  await trainer.stop();
});

it("passes the trainer's lines on at their level, and anything else as a warning", async () => {
  const lines: { level: number; msg: string; trainer: number; err?: { message: string } }[] = [];
  const script = `
    console.error(JSON.stringify({ level: 30, time: 1, pid: 2, msg: 'Ready.' }));
    console.error(JSON.stringify({ level: 50, msg: 'Failed.', err: { message: 'broken', stack: 'there' } }));
    console.error('Error: crashed');
    console.error('17');
    ${WAITING}`;
  const listening = createLogger('info', { write: (line) => lines.push(JSON.parse(line)) });
  trainer = new TrainerProcess(command(script), listening);
  trainer.start();
  await until(() => lines.length === 4);
  expect(lines.map(({ level, msg }) => [level, msg])).toEqual([
    [30, 'Ready.'],
    [50, 'Failed.'],
    [40, 'Error: crashed'],
    [40, '17'],
  ]);
  expect(lines[1]?.err).toMatchObject({ message: 'broken', stack: 'there' });
  expect(new Set(lines.map((line) => line.trainer))).toEqual(new Set([trainer.pid]));
});

it('ends its trainer when the server is killed', async () => {
  trainer = new TrainerProcess(command(WAITING), log);
  const built = fileURLToPath(new URL('../../dist/server/trainer-process.js', import.meta.url));
  const script = `
    const { TrainerProcess } = await import(${JSON.stringify(built)});
    const quiet = { info() {}, warn() {}, error() {} };
    const trainer = new TrainerProcess(${JSON.stringify(command(WAITING))}, quiet);
    trainer.start();
    console.log(trainer.pid);
  `;
  const server = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const pid = await new Promise<number>((resolve) => server.stdout.on('data', (chunk) => resolve(Number(chunk))));
  expect(isAlive(pid)).toBe(true);
  server.kill('SIGKILL');
  await until(() => !isAlive(pid));
});
