/** @file Numbers of TensorFlow.js' weights: float32, or packed to fewer bytes. */
import { numberOfHalf } from '../../contracts/index.ts';

/** How packed numbers become real ones: `number * scale + min`. */
export interface Packing {
  readonly min: number;
  readonly scale: number;
}

const DECODERS = {
  float32: (bytes: Buffer, index: number): number => bytes.readFloatLE(index * 4),
  int32: (bytes: Buffer, index: number): number => bytes.readInt32LE(index * 4),
  float16: (bytes: Buffer, index: number): number => numberOfHalf(bytes.readUInt16LE(index * 2)),
  uint16: (bytes: Buffer, index: number): number => bytes.readUInt16LE(index * 2),
  uint8: (bytes: Buffer, index: number): number => bytes[index],
} as const;
export type StoredType = keyof typeof DECODERS;

const BYTES: { readonly [T in StoredType]: number } = { float32: 4, int32: 4, float16: 2, uint16: 2, uint8: 1 };

export function isStoredType(value: unknown): value is StoredType {
  return typeof value === 'string' && Object.hasOwn(DECODERS, value);
}

export function numberBytes(type: StoredType): number {
  return BYTES[type];
}

export function decodeNumbers(bytes: Buffer, type: StoredType, packing: Packing | null): Float32Array {
  const decode = DECODERS[type];
  // Packed float16 are the numbers themselves.
  const { min, scale } = packing && type !== 'float16' ? packing : { min: 0, scale: 1 };
  return Float32Array.from({ length: bytes.length / BYTES[type] }, (_, index) => decode(bytes, index) * scale + min);
}
