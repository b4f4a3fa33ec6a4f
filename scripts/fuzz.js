/**
 * @file The fuzz test, for longer: `npm run fuzz -- --seconds 600 --seed 7` sends damaged requests to every protocol for so
 * long, over HTTP and over gRPC. Default: 60 seconds each, a seed by the clock. The seed is printed.
 */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { seconds: { type: 'string' }, seed: { type: 'string' } } });
const vitest = path.join(fileURLToPath(new URL('..', import.meta.url)), 'node_modules', 'vitest', 'vitest.mjs');
const { status } = spawnSync(process.execPath, [vitest, 'run', 'test/fuzz.test.ts'], {
  cwd: fileURLToPath(new URL('..', import.meta.url)),
  stdio: 'inherit',
  env: {
    ...process.env,
    PICTOR_FUZZ_SECONDS: values.seconds ?? '60',
    PICTOR_FUZZ_SEED: values.seed ?? String(Date.now() % 2 ** 31),
  },
});
process.exitCode = status ?? 1;
