/**
 * @file Lowering of the gradient of a convolution's kernel.
 *
 * It is a product of the result's gradient `[out, pixels]` with shifted inputs `[in, pixels]`, one for every place in
 * the kernel, over the pixels of all samples. There are three ways to write it; which is fastest was measured.
 */
import { fixed } from '../../graph/graph.ts';
import type { OnnxWriter } from '../writer.ts';
import { groupedKernelGradient } from './grouped-kernel-gradient.ts';
import { framed, type LoweringCall, reshape, slice } from './rule.ts';
import { pictureSize } from './windows.ts';

type KernelGradientCall = LoweringCall<'conv2dKernelGradient'>;

/**
 * One product over all places must first copy them all together, which is worth it as long as the products for single
 * places would be thin. With 8 input channels both cost the same.
 */
const FEWEST_CHANNELS_PER_PLACE = 8;

/** From this many numbers in the patches of one sample on, they are better used while they are in the cache. */
const PATCHES_OF_LARGE_SAMPLE = 100_000;

/** Each sample takes some twenty nodes; more than this makes graphs slow to load. */
const MOST_SINGLE_SAMPLES = 64;

export function conv2dKernelGradient(call: KernelGradientCall): void {
  const { channels, places, pixelsPerSample, batch } = measure(call);
  if ((call.attributes.groups ?? 1) > 1) groupedKernelGradient(call, conv2dKernelGradient);
  else if (channels >= FEWEST_CHANNELS_PER_PLACE) productsByPlace(call);
  else if (channels * places * pixelsPerSample >= PATCHES_OF_LARGE_SAMPLE && batch <= MOST_SINGLE_SAMPLES) {
    sumOverSamples(call);
  } else oneProduct(call);
}

function measure({ attributes: { kernel }, types: [x, gradient] }: KernelGradientCall) {
  const [rows, columns] = pictureSize(gradient.shape);
  return {
    batch: fixed(x.shape, 0),
    channels: fixed(x.shape, 1),
    filters: fixed(gradient.shape, 1),
    places: kernel[0] * kernel[1],
    pixelsPerSample: rows * columns,
  };
}

function productsByPlace(call: KernelGradientCall): void {
  const { writer, inputs, attributes, output } = call;
  const { batch, channels, filters, pixelsPerSample } = measure(call);
  const pixels = batch * pixelsPerSample;
  const gradient = reshape(writer, channelsFirst(writer, inputs[1]), [filters, pixels]);
  const products = shifted(call, channelsFirst(writer, framedInput(call)), pixels).map((place) =>
    reshape(writer, transposedProduct(writer, gradient, filters, place, channels), [filters, channels, 1]),
  );
  const joined = writer.node('Concat', products, { axis: 2 });
  reshape(writer, joined, [filters, channels, ...attributes.kernel], output);
}

function oneProduct(call: KernelGradientCall): void {
  const { writer, inputs } = call;
  const { batch, channels, filters, places, pixelsPerSample } = measure(call);
  const pixels = batch * pixelsPerSample;
  const gradient = reshape(writer, channelsFirst(writer, inputs[1]), [filters, pixels]);
  const patches = joined(writer, shifted(call, channelsFirst(writer, framedInput(call)), pixels));
  spreadPlaces(call, transposedProduct(writer, gradient, filters, patches, channels * places));
}

/** Sample by sample: no tensor is transposed, and patches are used as soon as they are there. */
function sumOverSamples(call: KernelGradientCall): void {
  const { writer, inputs } = call;
  const { batch, channels, filters, places, pixelsPerSample } = measure(call);
  const picture = framedInput(call);
  let sum: string | undefined;
  for (let sample = 0; sample < batch; sample++) {
    const one = (x: string): string => slice(writer, x, [0], [sample], [sample + 1]);
    const gradient = reshape(writer, one(inputs[1]), [filters, pixelsPerSample]);
    const patches = joined(writer, shifted(call, one(picture), pixelsPerSample));
    sum = writer.node('Gemm', [patches, gradient, ...(sum ? [sum] : [])], { transB: 1 });
  }
  const byPlace = writer.node('Transpose', [sum as string], { perm: [1, 0] });
  spreadPlaces(call, reshape(writer, byPlace, [filters, places * channels]));
}

/** The pixels under each place in the kernel, `[channels, pixels]`, place by place in row-major order. */
function shifted(call: KernelGradientCall, picture: string, pixels: number): string[] {
  const { writer, attributes, types } = call;
  const { kernel, strides, dilations = [1, 1] } = attributes;
  const [rows, columns] = pictureSize(types[1].shape);
  const everyOther = planes(call, picture);
  return Array.from({ length: kernel[0] * kernel[1] }, (_, place) => {
    const [u, v] = [Math.floor(place / kernel[1]) * dilations[0], (place % kernel[1]) * dilations[1]];
    const plane = everyOther(u % strides[0], v % strides[1]);
    const [top, left] = [Math.floor(u / strides[0]), Math.floor(v / strides[1])];
    const part = slice(writer, plane, [2, 3], [top, left], [top + rows, left + columns]);
    return reshape(writer, part, [fixed(types[0].shape, 1), pixels]);
  });
}

/**
 * The pixels that are a stride apart, by the place of the first. Picking single pixels is slow, so each is picked once;
 * what lies under a place in the kernel is then a block of whole rows.
 */
function planes(
  { writer, attributes: { strides } }: KernelGradientCall,
  picture: string,
): (top: number, left: number) => string {
  if (strides[0] === 1 && strides[1] === 1) return () => picture;
  const known = new Map<string, string>();
  return (top, left) => {
    const key = `${top},${left}`;
    const plane = known.get(key) ?? slice(writer, picture, [2, 3], [top, left], [END, END], strides);
    known.set(key, plane);
    return plane;
  };
}

/** As the end of a slice: all there is. */
const END = 2 ** 31;

/** `[filters, places * channels]` → the kernel's layout. */
function spreadPlaces({ writer, attributes, result, output }: KernelGradientCall, product: string): void {
  const [filters, channels] = result.shape;
  const byPlace = reshape(writer, product, [filters, ...attributes.kernel, channels]);
  writer.node('Transpose', [byPlace], { perm: [0, 3, 1, 2] }, output);
}

/** `a · bᵀ`. Faster, by up to a third, when the second matrix is the smaller one. */
function transposedProduct(writer: OnnxWriter, a: string, rowsOfA: number, b: string, rowsOfB: number): string {
  if (rowsOfB <= rowsOfA) return writer.node('Gemm', [a, b], { transB: 1 });
  return writer.node('Transpose', [writer.node('Gemm', [b, a], { transB: 1 })], { perm: [1, 0] });
}

function joined(writer: OnnxWriter, places: readonly string[]): string {
  return places.length === 1 ? places[0] : writer.node('Concat', places, { axis: 0 });
}

function framedInput({ writer, inputs, attributes, types }: KernelGradientCall): string {
  return framed(writer, inputs[0], pictureSize(types[0].shape), attributes.pads);
}

/** So that the pixels of all samples form one long row for each channel. */
function channelsFirst(writer: OnnxWriter, x: string): string {
  return writer.node('Transpose', [x], { perm: [1, 0, 2, 3] });
}
