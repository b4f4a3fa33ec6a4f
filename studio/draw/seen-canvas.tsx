/** @file The pixels that the model gets, one by one. */
import { useEffect, useRef } from 'preact/hooks';
import type { DrawingTarget } from './normalise.ts';

export function SeenCanvas({
  pixels,
  target,
  darkInk,
}: {
  pixels: Uint8Array | null;
  target: DrawingTarget;
  darkInk: boolean;
}) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { width, height, channels } = target;
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (!context) return;
    const image = context.createImageData(width, height);
    const ground = darkInk ? 255 : 0;
    for (let i = 0; i < width * height; i++) {
      for (let c = 0; c < 3; c++) {
        image.data[i * 4 + c] = pixels ? pixels[i * channels + (channels === 3 ? c : 0)] : ground;
      }
      image.data[i * 4 + 3] = 255;
    }
    context.putImageData(image, 0, 0);
  }, [pixels, width, height, channels, darkInk]);
  return (
    <canvas
      ref={canvas}
      class="seen-picture"
      data-testid="seen-canvas"
      width={width}
      height={height}
      role="img"
      aria-label={`What the model sees, ${height} by ${width} pixels`}
    />
  );
}
