/** @file How to call a model, ready to copy. */
import { predictExample } from '../../src/contracts/index.ts';
import type { ImageShape, ModelInspection } from '../api/types.ts';

export interface Example {
  readonly label: string;
  readonly code: string;
}

/** From a shell. */
export function curlExamples(origin: string, name: string, input: ImageShape): Example[] {
  const model = encodeURIComponent(name);
  return [
    {
      label: 'A picture, any size and format',
      code: `curl --data-binary @picture.jpg -H 'Content-Type: image/jpeg' \\\n  ${origin}/api/v1/models/${model}/predict`,
    },
    {
      label: 'TensorFlow Serving, a picture as base64',
      code: [
        `echo "{\\"signature_name\\":\\"serving_bytes\\",\\"instances\\":[{\\"b64\\":\\"$(base64 < picture.jpg | tr -d '\\n')\\"}]}" |`,
        `  curl -H 'Content-Type: application/json' --data-binary @- ${origin}/v1/models/${model}:predict`,
      ].join('\n'),
    },
    {
      label: `TensorFlow Serving, pixels [${input.height}, ${input.width}, ${input.channels}] from 0 to 255`,
      code: [
        `node -p 'JSON.stringify({ instances: [Array(${input.height}).fill(Array(${input.width}).fill(Array(${input.channels}).fill(0)))] })' |`,
        `  curl -H 'Content-Type: application/json' --data-binary @- ${origin}/v1/models/${model}:predict`,
      ].join('\n'),
    },
  ];
}

/** For a model that takes no pictures: a row of ones in the shape of its signature. Null where only its maker knows what to send. */
export function tensorExample(origin: string, name: string, signatures: ModelInspection['signatures']): Example | null {
  const example = predictExample(`${origin}/v1/models/${encodeURIComponent(name)}`, signatures);
  return example && { label: `TensorFlow Serving, signature ${example.signature}`, code: example.code };
}

/** In a browser, or in Node. */
export function javaScriptExample(origin: string, name: string): Example {
  return {
    label: 'JavaScript',
    code: [
      `const response = await fetch('${origin}/api/v1/models/${encodeURIComponent(name)}/predict?top=3', {`,
      `  method: 'POST',`,
      `  body: picture, // a File, a Blob, or a Buffer`,
      `  headers: { 'content-type': 'image/jpeg' },`,
      `});`,
      `const { predictions } = await response.json();`,
      `console.log(predictions[0].label, predictions[0].probability);`,
    ].join('\n'),
  };
}

/** With requests, against the TensorFlow Serving interface. */
export function pythonExample(origin: string, name: string): Example {
  return {
    label: 'Python, as for TensorFlow Serving',
    code: [
      `import base64, requests`,
      ``,
      `picture = base64.b64encode(open('picture.jpg', 'rb').read()).decode()`,
      `answer = requests.post(`,
      `    '${origin}/v1/models/${encodeURIComponent(name)}:predict',`,
      `    json={'signature_name': 'serving_bytes', 'instances': [{'b64': picture}]},`,
      `)`,
      `print(answer.json()['predictions'][0])`,
    ].join('\n'),
  };
}

/** Training over HTTP, and following it. */
export function trainingExamples(origin: string): Example[] {
  return [
    {
      label: 'Start a training',
      code: `curl -H 'Content-Type: application/json' ${origin}/api/v1/runs \\\n  -d '{"dataset":"https://example.com/flower_photos.tgz","name":"flowers"}'`,
    },
    { label: 'Follow it', code: `curl -N ${origin}/api/v1/runs/RUN/events` },
  ];
}
