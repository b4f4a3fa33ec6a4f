/** @file `pictor trainer`: a worker alone, which takes runs and datasets from the queues. */
import { Command } from 'commander';
import { asPictorError } from '../../contracts/index.ts';
import { runTrainer } from '../../jobs/index.ts';
import { createLogger, readSettings } from '../../server/index.ts';
import { type CommonOptions, interruption, openContext, withCommonOptions, withPlatform } from '../context.ts';
import { wholeNumber } from '../options.ts';

interface TrainerOptions extends CommonOptions {
  readonly allowLoopbackUrls?: boolean;
  readonly allowPrivateUrls?: boolean;
  readonly leaseMs?: number;
}

export function trainerCommand(): Command {
  const command = new Command('trainer')
    .description('Takes training runs and dataset checks that a server on the same data directory has queued.')
    .option('--allow-loopback-urls', 'fetch datasets from this machine, too')
    .option('--allow-private-urls', 'fetch datasets from addresses in private networks, too')
    .option('--lease-ms <n>', 'how long its work stays with a worker that does not answer (default: 8000)', wholeNumber)
    .addHelpText('after', '\nExample:\n  pictor trainer --data-dir /srv/pictor');
  return withCommonOptions(command).action(async (options: TrainerOptions) => {
    const { output, dataDirectory, registry } = openContext(options);
    const { leaseMs, allowLoopbackUrls = false, allowPrivateUrls = false } = options;
    const { signal, done } = interruption();
    const orphaned = new AbortController();
    // A parent that was killed cannot say so; the channel to it closes.
    process.once('disconnect', () => orphaned.abort());
    if (process.send && !process.connected) orphaned.abort();
    output.event({ type: 'trainer', pid: process.pid, dataDirectory });
    const { logLevel, limits } = readSettings({ dataDirectory });
    const log = createLogger(logLevel);
    log.info(`Trainer ${process.pid} works for ${dataDirectory}`);
    try {
      await withPlatform(dataDirectory, (platform) =>
        runTrainer({
          platform,
          dataDirectory,
          registry,
          urls: { allowLoopback: allowLoopbackUrls, allowPrivate: allowPrivateUrls },
          signal: AbortSignal.any([signal, orphaned.signal]),
          limits,
          onProblem: (error) => {
            const known = asPictorError(error);
            log.error(known.code === 'internal' ? { err: error } : {}, known.message);
          },
          ...(leaseMs === undefined ? {} : { leaseMs }),
        }),
      );
    } finally {
      done();
    }
    // What a training still computes in its threads is not wanted any more, and must not keep the process.
    process.exit(0);
  });
}
