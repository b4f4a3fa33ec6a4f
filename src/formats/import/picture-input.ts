/** @file Whether a tensor holds pictures, of which size, and in which order of its axes. */
import type { ImageShape, InputLayout, TensorInfo } from '../../contracts/index.ts';

export interface PictureInput {
  readonly image: ImageShape;
  readonly layout: InputLayout;
}

/**
 * Reads `[n, height, width, channels]`, `[n, channels, height, width]`, `[n, height, width]`, and `[height, width,
 * channels]` without a batch is none.
 * @param known what the person who imports says of pictures: sizes that the shape leaves open, or the picture that a flat
 *   row `[n, height * width * channels]` holds
 * @returns null when it takes no pictures, leaves their size open, or takes exactly so many of them at a time
 */
export function pictureInput(
  { shape }: Pick<TensorInfo, 'shape'>,
  known: Partial<ImageShape> = {},
): PictureInput | null {
  if (shape === null) return null;
  const [count, ...sides] = shape;
  if (count !== -1 && count !== 1) return null;
  if (sides.length === 1) return flatRow(sides[0], known);
  if (sides.length === 2) return imageOf([sides[0], sides[1], 1], 'channelsLast', known);
  if (sides.length !== 3) return null;
  const [first, , last] = sides;
  // Where both ends could be the channels, TensorFlow's order is meant.
  if (isChannels(last)) return imageOf([sides[0], sides[1], last], 'channelsLast', known);
  if (isChannels(first)) return imageOf([sides[1], sides[2], first], 'channelsFirst', known);
  if (last === -1 && (first !== -1 || known.channels !== undefined))
    return imageOf([sides[0], sides[1], -1], 'channelsLast', known);
  return null;
}

function imageOf(
  [height, width, channels]: readonly [number, number, number],
  layout: InputLayout,
  known: Partial<ImageShape>,
): PictureInput | null {
  const sides = [
    height === -1 ? known.height : height,
    width === -1 ? known.width : width,
    channels === -1 ? known.channels : channels,
  ];
  if (sides.some((side) => side === undefined || side < 1) || !isChannels(sides[2]!)) return null;
  return { image: { height: sides[0]!, width: sides[1]!, channels: sides[2] as 1 | 3 }, layout };
}

function flatRow(numbers: number, known: Partial<ImageShape>): PictureInput | null {
  const { height, width } = known;
  if (height === undefined || width === undefined) return null;
  const channels = numbers / (height * width);
  return isChannels(channels) ? { image: { height, width, channels }, layout: 'channelsLast' } : null;
}

function isChannels(side: number): side is 1 | 3 {
  return side === 1 || side === 3;
}
