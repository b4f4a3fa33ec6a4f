/** @file `pictor eval --serving`: how a model does on a server that runs somewhere, over REST and gRPC. */
import { type Command, Option } from 'commander';
import { type ImageShape, INPUT_RANGES, type InputRange, PictorError } from '../contracts/index.ts';
import { openSplit, type PreparedDataset, parseDatasetSource, prepareDataset } from '../dataset/index.ts';
import {
  httpUrl,
  imageOf,
  type RemoteSignatures,
  remoteSignatures,
  SERVING_WAYS,
  type ServingAccuracies,
  type ServingWay,
  servingAccuracies,
} from '../load/index.ts';
import { type CommonOptions, datasetCache, interruption, openContext } from './context.ts';
import { DatasetProgress } from './dataset-progress.ts';
import { type FetchOptions, localFetching } from './fetching.ts';
import { channels, imageSize, type ModelReference } from './options.ts';
import type { Output } from './output.ts';
import { ProgressLine } from './progress-line.ts';
import { count, percent, plain } from './text.ts';

export interface ServingEvaluationOptions {
  readonly serving?: string;
  readonly grpc?: string;
  readonly imageSize?: readonly [height: number, width: number];
  readonly channels?: 1 | 3;
  readonly inputRange?: InputRange;
}

export function withServerToAsk(command: Command): Command {
  return command
    .option('--serving <url>', "ask a running server with TensorFlow Serving's interface, over REST")
    .option('--grpc <host:port>', 'with --serving: over gRPC, too')
    .option('--image-size <HxW>', 'with --serving: size of the pictures, if the model does not tell', imageSize)
    .option('--channels <1|3>', 'with --serving: grey or colour, if the model does not tell', channels)
    .addOption(
      new Option('--input-range <range>', "with --serving: what the model's numbers mean (default: 0..255)").choices(
        INPUT_RANGES,
      ),
    );
}

/** What has no meaning without a server. @throws `invalid_request` */
export function refuseWithoutServer(options: ServingEvaluationOptions): void {
  const given = (['grpc', 'imageSize', 'channels', 'inputRange'] as const).find((name) => options[name] !== undefined);
  if (given === undefined) return;
  const flag = given.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  throw new PictorError('invalid_request', `--${flag} has a meaning only together with --serving.`);
}

/** In the words of the report; the signatures are named as Pictor and the reference name them. */
const WAY_NAMES = {
  restTensors: 'REST, tensors',
  restBytes: 'REST, picture files',
  grpcTensors: 'gRPC, tensors',
  grpcBytes: 'gRPC, picture files',
} as const satisfies Record<ServingWay, string>;

export async function evaluateServing(
  address: string,
  { name, version }: ModelReference,
  dataset: string,
  options: CommonOptions & FetchOptions & ServingEvaluationOptions,
): Promise<void> {
  const { output, dataDirectory } = openContext(options);
  const model = { url: httpUrl(address), name, version };
  const signatures = await remoteSignatures(model);
  const image = pictureShape(name, signatures, options);
  const progress = new DatasetProgress(output);
  const line = new ProgressLine(output);
  const { signal, done } = interruption();
  try {
    const prepared = await prepareDataset(parseDatasetSource(dataset), {
      cacheDirectory: datasetCache(dataDirectory),
      image,
      validationSplit: 0,
      ...localFetching(options),
      signal,
      onProgress: (step) => progress.update(step),
    });
    progress.end();
    const split = prepared.manifest.splits.test.count > 0 ? 'test' : 'train';
    const pictures = openSplit(prepared.directory, split);
    const accuracies = await servingAccuracies({
      ...{ model, signatures, image, pictures, signal, grpc: options.grpc ?? null },
      classes: prepared.manifest.classes.length,
      ...(options.inputRange ? { inputRange: options.inputRange } : {}),
      onProgress: (way, at, total) => line.show(`${WAY_NAMES[way]}: ${at} of ${total}`),
    });
    line.clear();
    pictures.close();
    report(output, { name, signatures, prepared, split, images: pictures.count, accuracies });
  } finally {
    progress.end();
    line.clear();
    done();
  }
}

/** Channels of a dataset that is grey are what most models of grey pictures take. */
function pictureShape(name: string, { tensors }: RemoteSignatures, options: ServingEvaluationOptions): ImageShape {
  const told = tensors && imageOf(tensors);
  const [height, width] = options.imageSize ?? [told?.height, told?.width];
  const channels = options.channels ?? told?.channels;
  if (height !== undefined && width !== undefined && channels !== undefined) return { height, width, channels };
  throw new PictorError('input_shape_mismatch', `Model "${name}" does not tell the size of its pictures.`, {
    fix: 'Give it with --image-size HEIGHTxWIDTH and --channels 1 or 3.',
  });
}

interface Report {
  readonly name: string;
  readonly signatures: RemoteSignatures;
  readonly prepared: PreparedDataset;
  readonly split: 'test' | 'train';
  readonly images: number;
  readonly accuracies: ServingAccuracies;
}

function report(output: Output, { name, signatures, split, images, accuracies }: Report): void {
  const version = signatures.version === null ? null : Number(signatures.version);
  const [accuracy = null] = SERVING_WAYS.flatMap((way) => accuracies[way] ?? []);
  output.event({ type: 'done', model: name, version, split, count: images, accuracy, accuracies });
  const where = split === 'test' ? 'the test split' : 'the whole dataset';
  const title = `${plain(name)}${version === null ? '' : `:${version}`}`;
  output.line(`${output.style('bold', title)} on ${where} (${count(images, 'image')})`);
  output.line();
  for (const way of SERVING_WAYS) {
    const signature = way.endsWith('Tensors') ? signatures.tensors : signatures.bytes;
    const shown = accuracies[way] === null ? 'not asked' : output.style('bold', percent(accuracies[way]));
    output.line(`  ${WAY_NAMES[way].padEnd(20)}  ${shown}${signature ? `  (${plain(signature.signature)})` : ''}`);
  }
}
