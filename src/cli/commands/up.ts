/** @file `pictor up`: studio, API, serving and a trainer on one machine. */
import { Command } from 'commander';
import { type ServingFlags, startServer } from '../../server/index.ts';
import { type CommonOptions, interruption, openContext, withCommonOptions } from '../context.ts';
import { whenNpmEnds } from '../npm-parent.ts';
import { port } from '../options.ts';
import { servingFlags, withServingOptions } from '../serving-options.ts';

interface UpOptions extends CommonOptions, ServingFlags {
  readonly host: string;
  readonly port: number;
  readonly restPort: number;
  readonly grpcPort: number;
  readonly ensure?: string;
  readonly allowPrivateUrls?: boolean;
}

export function upCommand(): Command {
  const command = new Command('up')
    .description('Starts the studio, the API, model serving and a trainer on this machine. Ctrl-C stops them.')
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--port <n>', 'port of the studio and the API', port, 8080)
    .option('--rest-port <n>', "port of TensorFlow Serving's REST API", port, 8501)
    .option('--grpc-port <n>', 'port of the gRPC services (TensorFlow Serving, Open Inference)', port, 8500)
    .option('--ensure <name[=dataset]>', 'train this model first if there is none (default dataset: sample:digits)')
    .option('--allow-private-urls', 'fetch datasets from addresses in private networks, too')
    .addHelpText(
      'after',
      '\nExamples:\n  pictor up\n  pictor up --ensure digits\n  pictor up --host 0.0.0.0 --port 80 --ensure pets=./photos',
    );
  return withCommonOptions(withServingOptions(command)).action(async (options: UpOptions) => {
    const { output, dataDirectory } = openContext(options);
    const { host, port: mainPort, restPort, grpcPort, ensure, allowPrivateUrls } = options;
    const { signal, done } = interruption(() => output.note('Stopping...'));
    const unwatch = whenNpmEnds(() => process.kill(process.pid, 'SIGTERM'));
    const server = await startServer({
      host,
      port: mainPort,
      restPort,
      grpcPort,
      dataDirectory,
      ...servingFlags(options),
      ...(ensure === undefined ? {} : { ensure }),
      ...(allowPrivateUrls === undefined ? {} : { allowPrivateUrls }),
    });
    const { url, restUrl, grpcAddress } = server;
    output.event({ type: 'ready', url, restUrl, grpcAddress, dataDirectory, pid: process.pid });
    output.line(`${output.style('bold', 'Pictor is ready:')} ${output.style('cyan', server.url)}`);
    output.line(`  TensorFlow Serving REST  ${server.restUrl ?? server.url}/v1/models/NAME:predict`);
    output.line(`  gRPC                     ${server.grpcAddress ?? 'off'}`);
    output.line(`  API                      ${server.url}/api/docs`);
    output.line(`  data                     ${dataDirectory}`);
    output.line('Press Ctrl-C to stop.');
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener('abort', () => resolve());
    });
    await server.close();
    unwatch();
    done();
  });
}
