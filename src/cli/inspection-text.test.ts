import { describe, expect, it } from 'vitest';
import type { ModelInspection } from '../contracts/index.ts';
import { inspectionText } from './inspection-text.ts';
import { Output } from './output.ts';

const INSPECTION: ModelInspection = {
  subject: 'm:1',
  format: 'savedmodel',
  producer: 'tensorflow 1.14.0',
  labels: null,
  input: null,
  inputLayout: null,
  inputRange: null,
  answers: 'logits',
  trainable: false,
  parameters: 2,
  flops: 2,
  bytes: 1300,
  signatures: {
    serving_default: {
      method: 'tensorflow/serving/predict',
      inputs: { x: { dtype: 'DT_FLOAT', shape: [-1, 1], tensor: 'x:0' } },
      outputs: { y: { dtype: 'DT_FLOAT', shape: [-1, 1], tensor: 'y:0' } },
    },
  },
  layers: [],
  warnings: [],
};
const text = (inspection: Partial<ModelInspection>, published: string | null) =>
  inspectionText(new Output({ json: false, environment: {} }), { ...INSPECTION, ...inspection }, published).join('\n');

describe('what a model is made of', () => {
  it('speaks of tensors where no pictures are taken, and tells how to call it', () => {
    const shown = text({}, 'm');
    expect(shown).not.toContain('logits');
    expect(shown).toContain('answers     tensors, as its signatures say');
    expect(shown).toContain('  in   x  DT_FLOAT  [-1, 1]  x:0\n  out  y  DT_FLOAT  [-1, 1]  y:0');
    expect(shown).toContain('size        1.3 kB in the files of the version');
    expect(shown).toContain(`curl http://localhost:8501/v1/models/m:predict \\\n    -d '{"instances": [[1.0]]}'`);
  });

  it('shows no call of a file, which nothing serves', () => {
    const shown = text({}, null);
    expect(shown).not.toContain('curl');
    expect(shown).toContain('size        1.3 kB\n');
  });

  it('gives pictures to a model that takes them', () => {
    const shown = text({ input: { height: 2, width: 2, channels: 1 }, labels: ['a', 'b'] }, 'm');
    expect(shown).toContain('answers     logits: a, b');
    expect(shown).toContain('pictor predict m IMAGE...');
    expect(shown).not.toContain('curl');
  });
});
