/** @file Networks from JSON: what is taken, and what is told about what is not. */
import { describe, expect, it } from 'vitest';
import { readNetwork } from './read.ts';
import { dense, flatten, rescaling, sequential } from './sequential.ts';

const GOOD = sequential('tiny', { height: 4, width: 4, channels: 1 }, [
  rescaling({ scale: 1 / 255 }),
  flatten(),
  dense({ units: 3 }),
]);

describe('readNetwork', () => {
  it('gives back what JSON made of a network', () => {
    const read = readNetwork(JSON.parse(JSON.stringify(GOOD)));
    expect(read).toEqual(GOOD);
  });

  it.each([
    [null, 'The network is null; an object was expected.'],
    [[GOOD], 'The network is [{'],
    [
      { ...GOOD, code: 'process.exit()' },
      'The network has an unknown field "code"; its fields are name, input, nodes,',
    ],
    [{ ...GOOD, name: '' }, 'The network has name = ""; a text of 1 to 200 characters was expected.'],
    [{ ...GOOD, nodes: [] }, 'The network has nodes = []; a list of 1 to 5000 layers was expected.'],
    [{ ...GOOD, nodes: Array(5001).fill(GOOD.nodes[0]) }, 'The network has 5001 layers; at most 5000 were expected.'],
    [
      { ...GOOD, nodes: [{ ...GOOD.nodes[0], config: { scale: Number.NaN } }] },
      'Layer "rescaling" (Rescaling) has scale = NaN; a finite number',
    ],
    [
      { ...GOOD, nodes: [{ ...GOOD.nodes[0], config: { scale: [1n, Number.POSITIVE_INFINITY] } }] },
      'Layer "rescaling" (Rescaling) has scale = ["1","Infinity"]; a finite number',
    ],
    [
      { ...GOOD, nodes: [...GOOD.nodes.slice(0, 2), { ...GOOD.nodes[2], config: { units: 1e9 } }] },
      'has 17000000000 parameters, 17000000000 of them in layer "dense" (Dense); at most 500000000 were',
    ],
    [
      { ...GOOD, nodes: [{ name: 'up', layer: 'UpSampling2D', config: { size: 1e5 }, inputs: ['input'] }] },
      'Layer "up" (UpSampling2D) gives [400000, 400000, 1] for an input of shape [4, 4, 1]; at most 2147483647 numbers',
    ],
    [
      { ...GOOD, nodes: [{ name: 'up', layer: 'Resizing', config: { height: 1e8, width: 1 }, inputs: ['input'] }] },
      'Layer "up" (Resizing) gives [100000000, 1, 1] for an input',
    ],
    [
      {
        ...GOOD,
        nodes: [
          { name: 'c', layer: 'Conv2D', config: { filters: 1, kernelSize: 300, padding: 'same' }, inputs: ['input'] },
        ],
      },
      'Layer "c" (Conv2D) has kernelSize = 300; a kernel of at most 16384 places, such as 128 x 128, was expected.',
    ],
    ...['a/kernel', 'grad:a', 'a\0b', '\ud800'].map((name): [unknown, string] => [
      { ...GOOD, nodes: [{ ...GOOD.nodes[0], name }] },
      'cannot be shown in its name; a name without was expected',
    ]),
    [{ ...GOOD, nodes: [null] }, 'Layer 1 of the network is null; an object was expected.'],
    [{ ...GOOD, nodes: [{ name: 'a' }] }, 'Layer 1 of the network has layer = undefined;'],
    [
      { ...GOOD, input: { height: 4, width: 4, channels: 2 } },
      'has channels = 2; 1 (grey) or 3 (colour) was expected.',
    ],
    [{ ...GOOD, input: { height: 0, width: 4, channels: 1 } }, 'has height = 0; a whole number of 1 or more was'],
    [{ ...GOOD, output: 'nowhere' }, 'The output of network "tiny" is "nowhere"'],
    [JSON.parse('{"__proto__": {}}'), 'The network has an unknown field "__proto__"'],
    [
      { ...GOOD, nodes: [{ ...GOOD.nodes[0], layer: 'constructor' }] },
      'Layer "rescaling" (constructor) is of an unknown kind;',
    ],
    [
      { ...GOOD, nodes: [{ ...GOOD.nodes[0], config: { scale: 'x' } }] },
      'Layer "rescaling" (Rescaling) has scale = "x"; a finite number, or a list of them was expected.',
    ],
    [
      { ...GOOD, nodes: [{ ...GOOD.nodes[0], inputs: [1] }] },
      'Layer 1 of the network has inputs = [1]; a list of names of layers was expected.',
    ],
  ])('refuses %#', (value, message) => {
    expect(() => readNetwork(value)).toThrow(
      expect.objectContaining({ code: 'network_invalid', message: expect.stringContaining(message) }),
    );
  });
});
