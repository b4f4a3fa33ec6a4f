/** @file Where the graph of pictures ends. */
import { Unsupported } from '../refuse.ts';
import type { Conversion } from './context.ts';
import type { Value } from './value.ts';

/** What is computed of one picture, as a tensor for all of them. @throws Unsupported when it is no batch of one */
export function pictureBatch(to: Conversion, { special }: Value): Value {
  if (special?.kind !== 'picture') throw new Unsupported('a picture was expected', []);
  const { alias, inner } = special;
  if (inner.shape === null || inner.shape[0] !== 1) {
    throw new Unsupported('pixels of one picture are used for something else than a batch', []);
  }
  return to.pictures.by(alias).output(inner, ({ dtype, shape }) => {
    let name = alias;
    while (to.inputs.has(name)) name = `${name}_pixels`;
    return to.value(to.numbers(name, dtype, shape), dtype, [
      null,
      ...(shape ?? []).slice(1).map((size) => (size < 0 ? null : size)),
    ]);
  });
}
