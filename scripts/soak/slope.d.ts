export function slopeOf(points: readonly { readonly x: number; readonly y: number }[]): {
  readonly slope: number;
  readonly error: number;
};
