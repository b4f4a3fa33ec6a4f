/** @file Random pictures to train on. */
import { zipSync } from 'fflate';
import { RandomGenerator } from '../dist/contracts/index.js';

/**
 * An `.npz` of random pictures and labels.
 * @param {{ shape: readonly number[], images: number, classes: number }} options
 */
export function randomPictures({ shape, images, classes }) {
  const generator = new RandomGenerator(1);
  const pixels = new Uint32Array(Math.ceil((images * shape.reduce((product, side) => product * side, 1)) / 4));
  for (let i = 0; i < pixels.length; i++) pixels[i] = generator.nextUint32();
  const labels = Uint8Array.from({ length: images }, () => generator.nextInteger(classes));
  const count = images * shape.reduce((product, side) => product * side, 1);
  return zipSync(
    {
      'x_train.npy': npy([images, ...shape], new Uint8Array(pixels.buffer, 0, count)),
      'y_train.npy': npy([images], labels),
    },
    { level: 0 },
  );
}

/** @param {number[]} shape @param {Uint8Array} data */
function npy(shape, data) {
  const header = `{'descr': '|u1', 'fortran_order': False, 'shape': (${shape.join(', ')},), }`;
  const padded = `${header.padEnd(Math.ceil((header.length + 11) / 64) * 64 - 11)}\n`;
  const length = Buffer.alloc(2);
  length.writeUInt16LE(padded.length);
  return Buffer.concat([Buffer.from('\x93NUMPY\x01\x00', 'latin1'), length, Buffer.from(padded, 'latin1'), data]);
}
