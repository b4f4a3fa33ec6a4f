/** @file Numbers from a hash of their index: the same here and in scripts/keras_fixtures.py. */

/** `count` numbers in [0, 1). */
export function hashed(count: number, stream: number): Float64Array {
  const salt = Math.imul(stream, 0x9e3779b9);
  return Float64Array.from({ length: count }, (_, index) => {
    let h = (Math.imul(index, 2654435761) + salt) >>> 0;
    h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
    h = Math.imul(h ^ (h >>> 12), 0x297a2d39);
    return ((h ^ (h >>> 15)) >>> 0) / 2 ** 32;
  });
}
