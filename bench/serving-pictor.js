/** @file Pictor's server without a trainer, for the benchmark: `node serving-pictor.js DATA-DIRECTORY THREADS [--unbatched]`. */
import { startServer } from '../dist/server/index.js';

const [dataDirectory, threads, unbatched] = process.argv.slice(2);
const server = await startServer({
  ...{ dataDirectory, inferenceThreads: Number(threads), trainer: false, logLevel: 'warn' },
  ...{ port: 0, restPort: null, grpcPort: 0 },
  ...(unbatched ? { maxBatch: 1 } : {}),
});
process.stdout.write(`${JSON.stringify({ url: server.url, grpcAddress: server.grpcAddress ?? null })}\n`);
process.on('SIGTERM', () => void server.close().then(() => process.exit()));
