/** @file What is said about a model that was written for another tool. */

/** Formats that models are written in. */
export const EXPORT_FORMATS = ['keras', 'h5', 'savedmodel', 'onnx', 'tfjs', 'tfaas'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** What a writer may be told. */
export interface ExportOptions {
  /** Of `onnx`: 13 to 21. Default 18. */
  readonly opset?: number;
  /** Of `onnx`: takes uint8 pixels of any size and resizes inside, instead of the network's own input. Default true. */
  readonly preprocessing?: boolean;
}

/** How the written model answers beside the original, for sample pictures. */
export interface Parity {
  readonly images: number;
  /** Share of the pictures with the same most probable class, 0 to 1. */
  readonly top1Agreement: number;
  /** Of all numbers that were answered. */
  readonly largestDifference: number;
}

/** `pictor-report.json`. */
export interface ExportReport {
  readonly format: ExportFormat;
  readonly model: string;
  readonly version: number;
  readonly createdAt: string;
  readonly labels: readonly string[];
  readonly options: ExportOptions;
  /** Null when the file could not be run here; `warnings` say why. */
  readonly parity: Parity | null;
  /** Files with their bytes, the report left out. */
  readonly files: Readonly<Record<string, number>>;
  readonly warnings: readonly string[];
}
