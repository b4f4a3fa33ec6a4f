import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { type DataType, type InspectedSignature, predictExample } from './index.ts';

const URL = 'http://localhost:8501/v1/models/m';
type Tensors = Readonly<Record<string, readonly [DataType, readonly number[] | null]>>;

function signature(inputs: Tensors, method = 'tensorflow/serving/predict'): InspectedSignature {
  const entries = Object.entries(inputs).map(([name, [dtype, shape]]) => [name, { dtype, shape, tensor: `${name}:0` }]);
  return { method, inputs: Object.fromEntries(entries), outputs: {} };
}

/** What a shell that is given the line hands to curl: address and body. */
function run(code: string): [string, unknown] {
  const stub = `curl() { printf '%s\\n' "$1"; if [ "$3" = '@-' ]; then cat; else printf '%s' "$3"; fi; }\n`;
  const [address, ...body] = execFileSync('bash', ['-c', stub + code], { encoding: 'utf8' }).split('\n');
  return [address, JSON.parse(body.join('\n'))];
}

const bodyOf = (inputs: Tensors) => run(predictExample(URL, { serving_default: signature(inputs) })?.code ?? '')[1];

describe('an example of a request', () => {
  it('is a row in the shape of the signature', () => {
    expect(run(predictExample(URL, { serving_default: signature({ x: ['DT_FLOAT', [-1, 1]] }) })?.code ?? '')).toEqual([
      'http://localhost:8501/v1/models/m:predict',
      { instances: [[1]] },
    ]);
    expect(bodyOf({ x: ['DT_INT64', [-1, 2, 3]] })).toEqual({
      instances: [
        [
          [1, 1, 1],
          [1, 1, 1],
        ],
      ],
    });
    expect(bodyOf({ x: ['DT_BOOL', [-1]] })).toEqual({ instances: [true] });
    expect(bodyOf({ x: ['DT_STRING', null] })).toEqual({ instances: ['text'] });
  });

  it('writes floats with a point and integers without', () => {
    const code = (dtype: DataType) => predictExample(URL, { serving_default: signature({ x: [dtype, [-1]] }) })?.code;
    expect(code('DT_FLOAT')).toContain('[1.0]');
    expect(code('DT_INT32')).toContain('[1]');
  });

  it('names the inputs where there are several, and gives columns where there is no place for rows', () => {
    expect(bodyOf({ a: ['DT_FLOAT', [-1, 2]], b: ['DT_INT32', [-1]] })).toEqual({ instances: [{ a: [1, 1], b: 1 }] });
    expect(bodyOf({ a: ['DT_FLOAT', [2]], b: ['DT_FLOAT', []] })).toEqual({ inputs: { a: [1, 1], b: 1 } });
  });

  it('makes many numbers instead of writing them', () => {
    const { instances } = bodyOf({ x: ['DT_FLOAT', [-1, -1, -1, 3]] }) as { instances: number[][][][] };
    expect([instances.length, instances[0].length, instances[0][0].length, instances[0][0][0]]).toEqual([
      1,
      64,
      64,
      [1, 1, 1],
    ]);
  });

  it('names another signature, takes the standard one first, and leaves out what nobody can write', () => {
    const numbers = signature({ x: ['DT_FLOAT', [-1]] });
    const examples = signature({ x: ['DT_STRING', null] }, 'tensorflow/serving/classify');
    const half = signature({ x: ['DT_HALF', [-1]] });
    expect(predictExample(URL, { other: numbers, serving_default: numbers })?.signature).toBe('serving_default');
    const other = predictExample(URL, { serving_default: half, examples, other: numbers });
    expect(run(other?.code ?? '')[1]).toEqual({ signature_name: 'other', instances: [1] });
    expect(predictExample(URL, { serving_default: half, examples })).toBeNull();
    expect(predictExample(URL, {})).toBeNull();
  });

  it('keeps names of files from the shell', () => {
    const name = `it's $(exit 1) \`exit 1\` "; '; exit 1; ' \\`;
    for (const shape of [[-1], [-1, 40]]) {
      const inputs: Tensors = { [name]: ['DT_FLOAT', [-1]], b: ['DT_FLOAT', shape] };
      const { code = '' } = predictExample(URL, { [name]: signature(inputs) }) ?? {};
      expect(run(code)[1]).toMatchObject({ signature_name: name, instances: [{ [name]: 1 }] });
    }
  });
});
