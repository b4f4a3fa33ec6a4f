/** @file Contrast and brightness of a picture of bytes, in one pass. */

/** Of all 256 pixel values, used again for every channel and picture. */
const table = new Uint8Array(256);

/**
 * In place: `(pixel - mean) * contrast + mean` with the mean of each channel, then `+ brightness * 255`; each cut to 0..255, as
 * Keras' RandomContrast and RandomBrightness do one after the other.
 *
 * @param contrast 1 changes nothing; @param brightness -1..1, 0 changes nothing
 */
export function adjustTone(
  pixels: Uint8Array,
  start: number,
  end: number,
  channels: 1 | 3,
  contrast: number,
  brightness: number,
): void {
  for (let channel = 0; channel < channels; channel++) {
    const first = start + channel;
    let mean = 0;
    if (contrast !== 1) {
      for (let at = first; at < end; at += channels) mean += pixels[at];
      mean = (mean * channels) / (end - start);
    }
    for (let value = 0; value < 256; value++) {
      const contrasted = cut((value - mean) * contrast + mean);
      table[value] = Math.floor(cut(contrasted + brightness * 255) + 0.5);
    }
    for (let at = first; at < end; at += channels) pixels[at] = table[pixels[at]];
  }
}

function cut(value: number): number {
  return value < 0 ? 0 : value > 255 ? 255 : value;
}
