/** @file The quick reader of number lists, beside `JSON.parse` and the parser that knows every rule. */
import { describe, expect, it } from 'vitest';
import { RandomGenerator } from '../../contracts/index.ts';
import { readDenseBody } from './dense.ts';

const read = (text: string) => readDenseBody(Buffer.from(text));

describe('bodies of numbers', () => {
  it.each([
    ['{"instances":[1,2,5]}', { key: 'instances', shape: [3], data: [1, 2, 5] }],
    [
      ' { "signature_name" : "s" , "instances" : [ [ 1 , 2 ] , [ 3 , 4 ] ] } ',
      { signatureName: 's', shape: [2, 2], data: [1, 2, 3, 4] },
    ],
    ['{"inputs":[[[0.5],[-0.25]]],"signature_name":""}', { key: 'inputs', signatureName: '', shape: [1, 2, 1] }],
    ['{"instances":[1]} and what follows', { shape: [1] }],
  ])('reads %s', (text, expected) => {
    const body = read(text);
    expect(body && { ...body, data: [...body.data] }).toMatchObject(expected);
  });

  it('reads numbers of every length as JSON.parse does', () => {
    const random = new RandomGenerator(7, 'numbers');
    const texts = [
      '0',
      '-0',
      '-0.0',
      '0.1',
      '1e5',
      '1E+05',
      '5e-324',
      '1.7976931348623157e308',
      '0.1e1',
      '3.4028236e38',
    ];
    for (let i = 0; i < 3000; i++) {
      const value = (random.nextFloat() - 0.5) * 10 ** Math.floor(random.nextFloat() * 40 - 20);
      texts.push(
        String(value),
        value.toFixed(Math.floor(random.nextFloat() * 20)),
        value.toPrecision(7),
        value.toExponential(3),
      );
    }
    // Halfway between two float32 numbers, and as near to that as 21 digits and a float64 are: the last digit decides.
    for (let i = 0; i < 1000; i++) {
      const bits = new Uint32Array([0x3a000000 + Math.floor(random.nextFloat() * 0x05000000)]);
      const middle = (new Float32Array(bits.buffer)[0] + new Float32Array(bits.map((b) => b + 1).buffer)[0]) / 2;
      texts.push(
        middle.toPrecision(21),
        (middle * (1 + 2 ** -52)).toPrecision(21),
        (middle * (1 - 2 ** -52)).toFixed(18),
      );
    }
    let quick = 0;
    for (const text of texts) {
      const body = read(`{"instances":[${text}]}`);
      if (body === null) continue;
      quick++;
      expect([text, body.data[0]]).toEqual([text, Math.fround(JSON.parse(text))]);
    }
    expect(quick).toBeGreaterThan(texts.length * 0.9);
  });
});

describe('left to the other parser', () => {
  it.each([
    '',
    '[]',
    '{}',
    '{"instances":[]}',
    '{"instances":[[],[]]}',
    '{"instances":[[1,2],[3]]}',
    '{"instances":[[1],2]}',
    '{"instances":[1,[2]]}',
    '{"instances":1}',
    '{"instances":["a"]}',
    '{"instances":[NaN]}',
    '{"instances":[-Infinity]}',
    '{"instances":[true]}',
    '{"instances":[{"b64":"AA=="}]}',
    '{"instances":[1],"inputs":[1]}',
    '{"instances":[1],"instances":[2]}',
    '{"instances":[1],"more":1}',
    '{"instances":[1',
    '{"instances":[1]',
    '{"instances":[1,]}',
    '{"instances":[01]}',
    '{"instances":[1.]}',
    '{"instances":[.5]}',
    '{"instances":[+1]}',
    '{"instances":[-]}',
    '{"instances":[1e]}',
    '{"instances":[1e+]}',
    '{"instances":[1e400]}',
    '{"inst\\u0061nces":[1]}',
    '{"signature_name":1,"instances":[1]}',
    '{"signature_name":"ä","instances":[1]}',
    '{"instances":[[[[[[[[[1]]]]]]]]]}',
  ])('%s', (text) => {
    expect(read(text)).toBeNull();
  });

  it('every text that is cut, or has one byte changed, unless it still is one', () => {
    const text = '{"instances":[[1.5,-2],[3e1,4]]}';
    for (let at = 0; at < text.length; at++) {
      expect(read(text.slice(0, at))).toBeNull();
      for (const byte of '0,[]{}":e.- x') {
        const changed = text.slice(0, at) + byte + text.slice(at + 1);
        const body = read(changed);
        if (body === null) continue;
        const parsed = JSON.parse(changed) as { instances: number[] };
        expect([changed, [...body.data]]).toEqual([changed, parsed.instances.flat(9).map(Math.fround)]);
      }
    }
  });
});
