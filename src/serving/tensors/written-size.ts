/** @file How many values an output may have that is written one by one, on the thread that all requests need. */
import { PictorError, type TensorValue } from '../../contracts/index.ts';

/** Seconds of writing each; more would end the process for want of memory, as a graph can make any number of little. */
const MOST_VALUES = { JSON: 8_000_000, 'a list': 64_000_000 } as const;

/** @throws `request_too_large` */
export function checkWrittenSize({ shape, data }: TensorValue, form: keyof typeof MOST_VALUES): void {
  const most = MOST_VALUES[form];
  if (data.length <= most) return;
  throw new PictorError(
    'request_too_large',
    `An output is [${shape}], which are ${data.length} values; as ${form} at most ${most} are written.`,
    {
      fix: 'Send fewer rows, or ask for binary data: over Open Inference, or gRPC with --enable_serialization_as_tensor_content.',
      details: { values: data.length, most },
    },
  );
}
