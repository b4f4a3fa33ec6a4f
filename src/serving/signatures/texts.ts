/** @file Texts that go into a graph: the runtime's are Unicode, and end at a zero byte. What it would alter is refused. */
import { isUtf8 } from 'node:buffer';
import { PictorError, type TensorValue } from '../../contracts/index.ts';

/**
 * Tensors of other types are left alone.
 * @param what goes into the graph: `Input "x"`, `Feature "name"`
 * @throws `input_text_invalid` (details `signature`, `index`)
 */
export function checkTexts(signature: string, what: string, { dtype, data }: TensorValue): void {
  if (dtype !== 'DT_STRING') return;
  for (const [index, bytes] of data.entries()) {
    const fault = !isUtf8(bytes) ? 'is not UTF-8' : bytes.includes(0) ? 'has a zero byte' : null;
    if (fault === null) continue;
    throw new PictorError(
      'input_text_invalid',
      `${what} of signature "${signature}" goes into the graph as text, and its element ${index} ${fault}.`,
      { details: { signature, index } },
    );
  }
}
