/** @file `pictor bench serve`: how fast a server answers. */
import { readFile } from 'node:fs/promises';
import { Command, InvalidArgumentError, Option } from 'commander';
import { PictorError } from '../../contracts/index.ts';
import {
  LOAD_PROTOCOLS,
  LOAD_RULES,
  type LoadProtocol,
  type LoadResult,
  type LoadShape,
  type LoadTarget,
  runLoad,
} from '../../load/index.ts';
import { CommandFailed } from '../failure.ts';
import { positiveNumber, wholeNumber } from '../options.ts';
import { Output } from '../output.ts';
import { type Column, plainLine, table } from '../text.ts';

interface ServeOptions {
  readonly model: string;
  readonly protocol?: LoadProtocol;
  readonly connections: readonly number[];
  readonly rate?: readonly number[];
  readonly batch: number;
  readonly warmup: number;
  readonly window: number;
  readonly maxWindows: number;
  readonly modelVersion?: number;
  readonly signature?: string;
  readonly shape?: readonly number[];
  readonly image?: string;
  readonly json?: boolean;
}

interface Point {
  readonly shape: LoadShape;
  readonly result: LoadResult;
}

/** For requests that come by chance: a few hundred wait at once when the server falls behind. */
const OPEN_CONNECTIONS = 128;

export function benchCommand(): Command {
  return new Command('bench').description('Measures how fast a server answers.').addCommand(serveCommand());
}

function serveCommand(): Command {
  return new Command('serve')
    .description(
      'Sends predictions to any server that speaks TensorFlow Serving (REST, gRPC) or Open Inference v2, and tells throughput and latencies.',
    )
    .argument('<url>', 'http://HOST:8501, or grpc://HOST:8500')
    .requiredOption('--model <name>', 'name of the model')
    .addOption(
      new Option('--protocol <name>', `how to ask: ${LOAD_PROTOCOLS.join(', ')} (default: by the address)`).choices(
        LOAD_PROTOCOLS,
      ),
    )
    .option('--connections <n,...>', 'closed loop: each connection sends when it has its answer', numbers, [1, 8, 32])
    .option('--rate <n,...>', 'open loop: requests a second, coming by chance (Poisson)', numbers)
    .option('--batch <n>', 'rows in one request', positiveNumber, 1)
    .option('--warmup <seconds>', 'before anything counts', seconds, 2)
    .option('--window <seconds>', 'length of one measurement; three that agree within 10 % are the result', seconds, 5)
    .option('--max-windows <n>', 'most measurements of one point', positiveNumber, 10)
    .option('--model-version <n>', 'number of the version (default: the latest)', wholeNumber)
    .option('--signature <name>', 'signature (default: serving_default; of bytes serving_bytes)')
    .option('--shape <n,...>', 'shape of one row, for servers that do not tell it', numbers)
    .option('--image <file>', 'picture for the protocol bytes (default: a random one of 28x28)')
    .option('--json', 'one JSON object a line on stdout')
    .addHelpText(
      'after',
      '\nExamples:\n  pictor bench serve http://localhost:8501 --model digits\n  pictor bench serve http://localhost:8080 --model digits --protocol v2 --connections 32 --batch 4\n  pictor bench serve grpc://localhost:8500 --model digits --rate 500,1000,2000 --json',
    )
    .action((url: string, options: ServeOptions) => measure(url, options));
}

async function measure(url: string, options: ServeOptions): Promise<void> {
  const output = new Output({ json: options.json ?? false });
  const protocol = options.protocol ?? (/^https?:/.test(url) ? 'rest' : 'grpc');
  const { title, client: makeClient } = LOAD_RULES[protocol];
  const client = await makeClient(await targetOf(url, options));
  output.line(`${output.style('bold', title)}: ${plainLine(url)}, model ${plainLine(options.model)}`);
  output.line(`${client.requestBytes} bytes a request${options.batch > 1 ? `, ${options.batch} rows each` : ''}`);
  const { warmup, window, maxWindows } = options;
  const points: Point[] = [];
  for (const shape of shapesOf(options)) {
    const result = await runLoad(client, shape, { warmup, window, maxWindows });
    points.push({ shape, result });
    output.event({ type: 'point', protocol, batch: options.batch, ...shape, ...result });
    for (const [text, count] of Object.entries(result.errorKinds)) output.note(`${count} x ${plainLine(text)}`);
  }
  for (const line of table(COLUMNS, points.map(row))) output.line(line);
  if (points.some(({ result }) => !result.stable)) output.line('* did not settle: the machine or the server is uneven');
  output.event({ type: 'done', protocol, points: points.length });
  if (points.every(({ result }) => result.requests === 0)) throw new CommandFailed();
}

async function targetOf(url: string, options: ServeOptions): Promise<LoadTarget> {
  const { model, batch, modelVersion, signature, shape, image } = options;
  const picture = image === undefined ? {} : { picture: await readPicture(image) };
  return {
    url,
    model,
    batch,
    ...(modelVersion === undefined ? {} : { version: modelVersion }),
    ...(signature === undefined ? {} : { signature }),
    ...(shape === undefined ? {} : { shape }),
    ...picture,
  };
}

async function readPicture(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (cause) {
    throw new PictorError('invalid_request', `The picture ${file} cannot be read.`, { cause, fix: 'Check the path.' });
  }
}

function shapesOf({ connections, rate }: ServeOptions): LoadShape[] {
  if (rate) return rate.map((each) => ({ kind: 'open', rate: each, connections: OPEN_CONNECTIONS }));
  return connections.map((each) => ({ kind: 'closed', connections: each }));
}

const COLUMNS: readonly Column[] = [
  { title: 'load' },
  { title: 'requests/s', align: 'right' },
  { title: 'p50 ms', align: 'right' },
  { title: 'p90 ms', align: 'right' },
  { title: 'p99 ms', align: 'right' },
  { title: 'max ms', align: 'right' },
  { title: 'errors', align: 'right' },
];

function row({ shape, result }: Point): string[] {
  const { requestsPerSecond, latencyMs, errors, stable } = result;
  const load = shape.kind === 'closed' ? `${shape.connections} connections` : `${shape.rate} requests/s`;
  const times = [latencyMs?.p50, latencyMs?.p90, latencyMs?.p99, latencyMs?.max];
  return [
    `${load}${stable ? '' : ' *'}`,
    requestsPerSecond.toFixed(requestsPerSecond < 100 ? 1 : 0),
    ...times.map((ms) => (ms === undefined ? '-' : ms.toFixed(ms < 10 ? 2 : 1))),
    String(errors),
  ];
}

function numbers(text: string): number[] {
  const list = text.split(',').map((part) => part.trim());
  if (list.every((part) => /^[1-9]\d{0,6}$/.test(part))) return list.map(Number);
  throw new InvalidArgumentError('It must be whole numbers from 1, with commas between.');
}

function seconds(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= 0.01 && value <= 3600) return value;
  throw new InvalidArgumentError('It must be seconds, from 0.01 to 3600.');
}
