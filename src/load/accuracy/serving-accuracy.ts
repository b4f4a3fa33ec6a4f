/** @file The accuracy of a model on another server, asked in up to four ways. */
import { type ImageShape, type InputRange, PictorError } from '../../contracts/index.ts';
import { encodePng, type SplitReader } from '../../dataset/index.ts';
import { connectGrpc, TENSORFLOW_SERVING } from '../grpc-connection.ts';
import { grpcBytes, grpcTensors } from './ask-grpc.ts';
import { restBytes, restTensors } from './ask-rest.ts';
import type { RemoteModel, RemoteSignature, RemoteSignatures } from './remote-model.ts';
import { type Ask, highest, type PictureBatch, type ServingWay } from './ways.ts';

export interface ServingAccuracyOptions {
  readonly model: RemoteModel;
  readonly signatures: RemoteSignatures;
  /** `HOST:PORT`; null asks over REST alone. */
  readonly grpc: string | null;
  readonly pictures: SplitReader;
  readonly image: ImageShape;
  readonly classes: number;
  /** What the model's numbers mean. Default `0..255`. */
  readonly inputRange?: InputRange;
  readonly signal?: AbortSignal;
  readonly onProgress?: (way: ServingWay, done: number, total: number) => void;
}

/** Shares of right answers, 0..1; null for a way that the server or the model does not have. */
export type ServingAccuracies = Readonly<Record<ServingWay, number | null>>;

/** Pictures in one request: tensors as many send them, files one by one. */
const TENSOR_BATCH = 32;
const AT_ONCE = 8;
const TIMEOUT_MS = 60_000;

/** @throws `url_unreachable`, `url_status`, `input_shape_mismatch`, `test_classes_differ`; the signal's reason when aborted */
export async function servingAccuracies(options: ServingAccuracyOptions): Promise<ServingAccuracies> {
  const { model, grpc, image, signatures } = options;
  const { tensors, bytes } = signatures;
  const connection = grpc === null ? null : await connectGrpc(`grpc://${grpc}`, TIMEOUT_MS, TENSORFLOW_SERVING);
  try {
    const shape = tensors ? rowShape(tensors, image) : [];
    const asks: Readonly<Record<ServingWay, readonly [ask: Ask, batch: number] | null>> = {
      restTensors: tensors && [restTensors(model, tensors, shape), TENSOR_BATCH],
      restBytes: bytes && [restBytes(model, bytes), 1],
      grpcTensors: connection && tensors && [grpcTensors(connection.call, model, tensors, shape), TENSOR_BATCH],
      grpcBytes: connection && bytes && [grpcBytes(connection.call, model, bytes), 1],
    };
    const accuracies: Record<ServingWay, number | null> = {
      ...{ restTensors: null, restBytes: null, grpcTensors: null, grpcBytes: null },
    };
    for (const [way, how] of Object.entries(asks) as [ServingWay, (typeof asks)[ServingWay]][]) {
      if (how) accuracies[way] = await accuracy(options, way, ...how);
    }
    return accuracies;
  } finally {
    connection?.close();
  }
}

async function accuracy(options: ServingAccuracyOptions, way: ServingWay, ask: Ask, size: number): Promise<number> {
  const { pictures, classes, signal, onProgress } = options;
  const { count, labels } = pictures;
  let next = 0;
  let done = 0;
  let right = 0;
  const worker = async () => {
    while (next < count) {
      signal?.throwIfAborted();
      const indices = Array.from({ length: Math.min(size, count - next) }, (_, offset) => next + offset);
      next += indices.length;
      const rows = await ask(readBatch(options, indices));
      for (const [at, scores] of rows.entries()) {
        if (scores.length !== classes) throw otherClasses(scores.length, classes);
        if (highest(scores) === labels[indices[at]]) right++;
      }
      done += indices.length;
      onProgress?.(way, done, count);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return count === 0 ? 0 : right / count;
}

function readBatch(options: ServingAccuracyOptions, indices: readonly number[]): PictureBatch {
  const { pictures, image, inputRange = '0..255' } = options;
  const raw = new Uint8Array(indices.length * pictures.imageBytes);
  pictures.readImages(indices, raw);
  const { divisor, offset } = RANGES[inputRange];
  return {
    count: indices.length,
    pixels: Float32Array.from(raw, (byte) => byte / divisor + offset),
    files: () =>
      Promise.all(
        indices.map((_, at) =>
          encodePng(raw.subarray(at * pictures.imageBytes, (at + 1) * pictures.imageBytes), image),
        ),
      ),
  };
}

const RANGES = {
  '0..255': { divisor: 1, offset: 0 },
  '0..1': { divisor: 255, offset: 0 },
  '-1..1': { divisor: 127.5, offset: -1 },
} as const satisfies Record<InputRange, object>;

/** A picture as the signature has it: with or without channels, or all in one row. */
function rowShape({ signature, shape }: RemoteSignature, { height, width, channels }: ImageShape): readonly number[] {
  const whole = [height, width, channels];
  if (shape === null) return whole;
  const forms = [whole, [height * width * channels], ...(channels === 1 ? [[height, width]] : [])];
  const found = forms.find(
    (form) => form.length === shape.length && form.every((size, at) => shape[at] === -1 || shape[at] === size),
  );
  if (found) return found;
  throw new PictorError(
    'input_shape_mismatch',
    `Signature "${signature}" takes [-1,${shape}]; pictures of ${height}x${width} with ${channels} channels do not fit.`,
    { fix: 'Give the size that the model takes with --image-size and --channels.' },
  );
}

function otherClasses(got: number, classes: number): PictorError {
  return new PictorError(
    'test_classes_differ',
    `The model gives ${got} numbers a picture; the dataset has ${classes} classes.`,
    {
      fix: 'Give a dataset with the classes that the model was trained on.',
    },
  );
}
