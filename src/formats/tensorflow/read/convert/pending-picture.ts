/** @file Pictures that a graph decodes. Serving decodes and stretches them instead, to the size that the graph would. */
import type { ImageShape } from '../../../../contracts/index.ts';
import { Unsupported } from '../refuse.ts';
import type { PendingPicture, Value } from './value.ts';

/** The same picture, of which something else is computed. */
export function computing(picture: PendingPicture, compute: (pixels: Value) => Value): PendingPicture {
  let done: { readonly pixels: Value; readonly result: Value } | null = null;
  return {
    ...picture,
    // Several may use it; it is computed once.
    compute: (pixels) => {
      if (done?.pixels !== pixels) done = { pixels, result: compute(pixels) };
      return done.result;
    },
  };
}

export function withStep(picture: PendingPicture, step: (pixels: Value) => Value): PendingPicture {
  return computing(picture, (pixels) => step(picture.compute(pixels)));
}

interface PictureInput {
  readonly node: string;
  readonly image: ImageShape;
  readonly pixels: Value;
}

/** The pictures that a graph takes from files. */
export class PictureInputs {
  readonly #inputs = new Map<string, PictureInput>();
  readonly #make: (alias: string, image: ImageShape) => Pick<PictureInput, 'node' | 'pixels'>;

  /** @param make adds an input of uint8 `[n, height, width, channels]` to the graph */
  constructor(make: (alias: string, image: ImageShape) => Pick<PictureInput, 'node' | 'pixels'>) {
    this.#make = make;
  }

  /** The numbers of a picture, `[n, height, width, channels]`. @throws Unsupported when its size is not known */
  take({ alias, channels, size, compute, rank }: PendingPicture): Value {
    if (rank !== 4) throw new Unsupported('pixels of one picture are used for something else than a batch', []);
    if (size === null) throw new Unsupported('its pictures have no fixed size', []);
    const [height, width] = size;
    if (height < 1 || width < 1) throw new Unsupported(`its pictures have ${height} by ${width} pixels`, []);
    // What is decoded as the file has it is colour in what everybody sends.
    const image: ImageShape = { height, width, channels: channels ?? 3 };
    const known = this.#inputs.get(alias);
    if (
      known &&
      (known.image.height !== height || known.image.width !== width || known.image.channels !== image.channels)
    ) {
      throw new Unsupported('it decodes one picture to several sizes', []);
    }
    const input = known ?? { image, ...this.#make(alias, image) };
    this.#inputs.set(alias, input);
    return compute(input.pixels);
  }

  get all(): ReadonlyMap<string, PictureInput> {
    return this.#inputs;
  }
}
