/** @file Tables that are filled from a text file: one entry a line. Source: tensorflow/core/kernels/lookup_util.cc. */
import type { DataType } from '../../../contracts/index.ts';
import type { Known } from './convert/known.ts';
import type { LookupTable } from './convert/value.ts';
import type { ModelFiles } from './files.ts';
import type { Attributes } from './graph/attributes.ts';
import { damaged, Unsupported } from './refuse.ts';

/** As much as a few million lines take. */
const MAX_BYTES = 256 * 1024 * 1024;
/** Each line is an object of its own while the file is read. */
const MAX_LINES = 2_000_000;
/** In place of a column's number. */
const LINE_NUMBER = -1;
const WHOLE_LINE = -2;

/**
 * @param filling attributes of the operator that fills the table
 * @param made attributes of the one that makes it
 * @throws `model_file_invalid`; Unsupported
 */
export async function readVocabulary(
  files: ModelFiles,
  file: string,
  filling: Attributes,
  made: Attributes,
): Promise<LookupTable> {
  const bytes = await files.size(file);
  if (bytes === null)
    throw damaged(files.name, `${file} is missing; a table is read from it`, 'Copy the whole folder.');
  if (bytes > MAX_BYTES) throw damaged(files.name, `${file} has ${bytes} bytes; at most ${MAX_BYTES} are read`);
  const lines = linesOf(await files.read(file, 0, bytes), filling, (reason) =>
    damaged(files.name, `${file} ${reason}`),
  );
  const column = (index: string, otherwise: number, type: string): Known => {
    const dtype = made.type(type);
    if (dtype === null) throw new Unsupported('its table has a type that is not read', []);
    return columnOf(lines, filling.int(index, otherwise), dtype, filling, (reason) =>
      damaged(files.name, `${file} ${reason}`),
    );
  };
  return {
    keys: column('key_index', WHOLE_LINE, 'key_dtype'),
    values: column('value_index', LINE_NUMBER, 'value_dtype'),
  };
}

/** The part of the file that the operator asks for. */
function linesOf(content: Uint8Array, filling: Attributes, fail: (reason: string) => Error): Buffer[] {
  const lines = split(Buffer.from(content.buffer, content.byteOffset, content.byteLength), 0x0a, MAX_LINES + 1);
  if (lines.length > MAX_LINES + 1) throw fail(`has more than ${MAX_LINES} lines`);
  if (lines.at(-1)?.length === 0) lines.pop();
  const wanted = filling.int('vocab_size', -1);
  if (wanted > lines.length) throw fail(`has ${lines.length} lines instead of ${wanted}`);
  const offset = filling.int('offset', 0);
  return lines.slice(offset, wanted >= 0 ? offset + wanted : undefined).map((line) => {
    return line.at(-1) === 0x0d ? line.subarray(0, -1) : line;
  });
}

function columnOf(
  lines: readonly Buffer[],
  index: number,
  dtype: DataType,
  filling: Attributes,
  fail: (reason: string) => Error,
): Known {
  const shape = [lines.length];
  if (index === LINE_NUMBER) return { dtype, shape, data: lines.map((_, line) => line) };
  const delimiter = filling.text('delimiter', '\t').charCodeAt(0);
  const texts = lines.map((line, number) => {
    const text = index === WHOLE_LINE ? line : split(line, delimiter)[index];
    if (!text) throw fail(`has no column ${index} in line ${number + 1}`);
    return text;
  });
  if (dtype === 'DT_STRING') return { dtype, shape, data: texts };
  const numbers = texts.map((text, line) => {
    const number = text.length === 0 ? Number.NaN : Number(text.toString('latin1'));
    if (!Number.isFinite(number)) throw fail(`has no number in line ${line + 1}`);
    return number;
  });
  return { dtype, shape, data: numbers };
}

/** One part more than `most` where there are more. */
function split(bytes: Buffer, at: number, most = Number.POSITIVE_INFINITY): Buffer[] {
  const parts: Buffer[] = [];
  let from = 0;
  for (let end = bytes.indexOf(at); end >= 0 && parts.length < most; end = bytes.indexOf(at, from)) {
    parts.push(bytes.subarray(from, end));
    from = end + 1;
  }
  parts.push(bytes.subarray(from));
  return parts;
}
