/** @file Which signatures of a model on another server take pictures, as numbers and as files. */
import { type ImageShape, PictorError } from '../../contracts/index.ts';
import { askJson, httpUrl } from '../ask.ts';

export interface RemoteModel {
  /** Of the server. */
  readonly url: URL;
  readonly name: string;
  /** Undefined: the one that the server chooses. */
  readonly version: number | undefined;
}

/** One way in, and the output with a number for each class. */
export interface RemoteSignature {
  readonly signature: string;
  readonly input: string;
  readonly dtype: 'DT_FLOAT' | 'DT_UINT8' | 'DT_STRING';
  /** Without the batch; -1 is any size, null any shape. */
  readonly shape: readonly number[] | null;
  readonly output: string;
  /** Null when the server does not tell. */
  readonly classes: number | null;
  /** How many outputs there are: REST answers differently when it is one. */
  readonly outputs: number;
}

export interface RemoteSignatures {
  /** The version that answered. */
  readonly version: string | null;
  /** Takes numbers. */
  readonly tensors: RemoteSignature | null;
  /** Takes the bytes of picture files. */
  readonly bytes: RemoteSignature | null;
}

interface Metadata {
  readonly model_spec?: { readonly version?: string };
  readonly metadata?: { readonly signature_def?: { readonly signature_def?: Readonly<Record<string, SignatureDef>> } };
}
interface SignatureDef {
  readonly inputs?: Readonly<Record<string, TensorDef>>;
  readonly outputs?: Readonly<Record<string, TensorDef>>;
  readonly method_name?: string;
}
interface TensorDef {
  readonly dtype: string;
  readonly tensor_shape?: { readonly dim?: readonly { readonly size: string }[]; readonly unknown_rank?: boolean };
}

const TIMEOUT_MS = 30_000;
const PREDICT = 'tensorflow/serving/predict';

/** Path of the model on a server of TensorFlow Serving's kind. */
export function modelPath({ name, version }: RemoteModel): string {
  return `/v1/models/${encodeURIComponent(name)}${version === undefined ? '' : `/versions/${version}`}`;
}

/** @throws `url_invalid`, `url_unreachable`, `url_status`, `model_has_no_pictures` */
export async function remoteSignatures(model: RemoteModel): Promise<RemoteSignatures> {
  const answer = await askJson<Metadata>(httpUrl(String(model.url)), `${modelPath(model)}/metadata`, TIMEOUT_MS);
  const definitions = Object.entries(answer.metadata?.signature_def?.signature_def ?? {});
  const usable = definitions.flatMap(([name, definition]) => usableSignature(name, definition) ?? []);
  const preferred = (name: string, takes: (signature: RemoteSignature) => boolean): RemoteSignature | null => {
    const fitting = usable.filter(takes);
    return fitting.find(({ signature }) => signature === name) ?? fitting[0] ?? null;
  };
  const tensors = preferred('serving_default', ({ dtype }) => dtype !== 'DT_STRING');
  const bytes = preferred('serving_bytes', ({ dtype }) => dtype === 'DT_STRING');
  if (tensors || bytes) return { version: answer.model_spec?.version ?? null, tensors, bytes };
  const names = definitions.map(([name]) => name).join(', ') || 'none';
  throw new PictorError(
    'model_has_no_pictures',
    `Model "${model.name}" at ${model.url.host} has no signature with one input for pixels or for picture files; it has: ${names}.`,
  );
}

/** What a picture must become, where the signature tells. */
export function imageOf({ shape, dtype }: RemoteSignature): ImageShape | null {
  if (dtype === 'DT_STRING' || shape === null || shape.some((size) => size < 1)) return null;
  const [height, width, channels = 1] = shape;
  return shape.length >= 2 && shape.length <= 3 && (channels === 1 || channels === 3)
    ? { height, width, channels }
    : null;
}

function usableSignature(signature: string, definition: SignatureDef): RemoteSignature | null {
  const { inputs = {}, outputs = {}, method_name: method = PREDICT } = definition;
  const [taken, ...others] = Object.entries(inputs);
  const given = Object.entries(outputs).filter(([, { dtype }]) => dtype === 'DT_FLOAT' || dtype === 'DT_DOUBLE');
  if (!taken || others.length > 0 || given.length === 0 || (method !== PREDICT && method !== '')) return null;
  const [input, { dtype }] = taken;
  if (dtype !== 'DT_FLOAT' && dtype !== 'DT_UINT8' && dtype !== 'DT_STRING') return null;
  const [output, answer] = given.find(([, tensor]) => (sizesOf(tensor)?.length ?? 2) === 2) ?? given[0];
  const classes = sizesOf(answer)?.at(-1) ?? -1;
  return {
    ...{ signature, input, dtype, output },
    shape: sizesOf(taken[1])?.slice(1) ?? null,
    classes: classes > 0 ? classes : null,
    outputs: Object.keys(outputs).length,
  };
}

function sizesOf({ tensor_shape: shape }: TensorDef): readonly number[] | null {
  return shape === undefined || shape.unknown_rank ? null : (shape.dim ?? []).map(({ size }) => Number(size));
}
