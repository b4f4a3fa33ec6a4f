export interface Sample {
  readonly ms: number;
  /** In MiB, as the next one. */
  readonly resident: number;
  readonly live: number;
  readonly native: number;
}

interface Slope {
  readonly slope: number;
  readonly error: number;
}

export interface Growth {
  readonly start: Omit<Sample, 'ms'> | null;
  readonly warm: Omit<Sample, 'ms'> | null;
  readonly end: Omit<Sample, 'ms'> | null;
  readonly slope: { readonly live: Slope | null; readonly native: Slope | null };
}

export function growthOf(samples: readonly Sample[], milliseconds: number): Growth;
export function memoryFaults(memory: Pick<Growth, 'slope'>): string[];
