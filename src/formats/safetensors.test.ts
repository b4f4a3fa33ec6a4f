import { describe, expect, it } from 'vitest';
import type { WeightTensor } from '../contracts/index.ts';
import { decodeSafetensors, encodeSafetensors } from './safetensors.ts';

const tensor = (shape: number[], values: number[]): WeightTensor => ({ shape, data: new Float32Array(values) });

/** A file written by hand from the published layout. */
function file(header: string | object, data: Uint8Array = new Uint8Array()): Uint8Array {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json, data]);
}

const four = new Uint8Array([0, 0, 0x80, 0x3f]); // 1.0f

describe('safetensors', () => {
  it('writes the published layout, names in order, the data aligned to 8 bytes', () => {
    const bytes = encodeSafetensors(
      new Map([
        ['b', tensor([1], [2])],
        ['a', tensor([2, 1], [1, -1])],
      ]),
    );
    const expected = file(
      '{"a":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}  ',
      Buffer.from('0000803f000080bf00000040', 'hex'),
    );
    expect(Buffer.from(bytes).toString('hex')).toBe(Buffer.from(expected).toString('hex'));
  });

  it('gives back what it was given, whatever the names', () => {
    const tensors = new Map([
      ['__proto__', tensor([2], [1.5, -0])],
      ['kernel "1" 😀', tensor([1, 2, 2], [1, 2, 3, 4])],
      ['empty', tensor([0, 3], [])],
      ['scalar', tensor([], [7])],
    ]);
    const read = decodeSafetensors(encodeSafetensors(tensors, { format: 'pictor' }));
    expect([...read.keys()].sort()).toEqual([...tensors.keys()].sort());
    for (const [name, { shape, data }] of tensors) {
      expect(read.get(name)?.shape).toEqual(shape);
      expect(Buffer.from(read.get(name)!.data.buffer)).toEqual(Buffer.from(data.buffer));
    }
  });

  it('reads numbers that are not aligned', () => {
    expect(
      decodeSafetensors(file('{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}} ', four)).get('a')?.data,
    ).toEqual(new Float32Array([1]));
  });

  const entry = (change: object) => ({ a: { dtype: 'F32', shape: [1], data_offsets: [0, 4], ...change } });
  const gap = { a: { dtype: 'F32', shape: [1], data_offsets: [4, 8] } };
  const twice = { ...entry({}), b: { dtype: 'F32', shape: [1], data_offsets: [0, 4] } };
  const huge = Buffer.alloc(16);
  huge.writeBigUInt64LE(2n ** 63n);
  it.each([
    ['no header length', new Uint8Array(3), /3 bytes/],
    ['a header longer than the file', file('{}').subarray(0, 9), /claims 2 bytes/],
    ['a huge header', huge, /claims 9223372036854775808/],
    ['a header that is no JSON', file('{"a":'), /not JSON/],
    ['a header that is a list', file('[]'), /not a JSON object/],
    ['another type', file(entry({ dtype: 'I64' }), four), /I64/],
    ['a negative size', file(entry({ shape: [-1] }), four), /shape/],
    ['a shape that does not fit', file(entry({ shape: [2] }), four), /needs 8 bytes, but has 4/],
    ['a product that overflows', file(entry({ shape: [2 ** 31, 2 ** 31] }), four), /needs/],
    ['offsets outside', file(entry({ data_offsets: [0, 400] }), four), /claims bytes 0 to 400/],
    ['offsets backwards', file(entry({ data_offsets: [4, 0] }), four), /claims bytes 4 to 0/],
    ['a gap', file(gap, new Uint8Array(8)), /gap/],
    ['an overlap', file(twice, four), /overlap/],
    ['bytes left over', file(entry({}), new Uint8Array(8)), /end at byte 4/],
  ])('refuses %s', (_name, bytes, message) => {
    expect(() => decodeSafetensors(bytes)).toThrow(message);
    expect(() => decodeSafetensors(bytes)).toThrow(expect.objectContaining({ code: 'model_file_invalid' }));
  });
});
