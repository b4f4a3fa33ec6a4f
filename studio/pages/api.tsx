/** @file How to call everything from outside, with the names and the address of this server. */
import { useSignal } from '@preact/signals';
import { PageHead, Section } from '../components/basics.tsx';
import { CallExamples } from '../components/call-examples.tsx';
import { CodeBlock } from '../components/code-block.tsx';
import { curlExamples, javaScriptExample, pythonExample, trainingExamples } from '../logic/examples.ts';
import { models } from '../state/store.ts';
import { useInspection } from '../state/use-inspection.ts';

const FALLBACK = { name: 'digits', input: { height: 28, width: 28, channels: 1 } } as const;

export function ApiPage() {
  const chosen = useSignal<string | null>(null);
  const list = models.value?.filter((model) => model.versions.length > 0) ?? [];
  const model = list.find(({ name }) => name === chosen.value) ?? list[0];
  const name = model?.name ?? FALLBACK.name;
  const version = model?.versions[0];
  const input = version ? version.input : FALLBACK.input;
  // Only a model without pictures is called by what its signatures say.
  const inspection = useInspection(version && !version.input ? name : null, version?.version ?? 0);
  const { origin } = location;
  return (
    <div class="page">
      <PageHead title="API" lead="Everything here also works over HTTP, and with clients of TensorFlow Serving.">
        <a class="button" href="/api/docs" data-testid="api-docs">
          Reference
        </a>
        <a class="button" href="/api/openapi.json">
          OpenAPI
        </a>
      </PageHead>
      <Section
        title="Predict"
        id="predict"
        actions={
          list.length > 0 && (
            <label class="inline-field">
              <span>Model</span>
              <select
                class="select select-small"
                data-testid="api-model"
                value={name}
                onChange={(event) => {
                  chosen.value = event.currentTarget.value;
                }}
              >
                {list.map((each) => (
                  <option key={each.name} value={each.name}>
                    {each.name}
                  </option>
                ))}
              </select>
            </label>
          )
        }
      >
        {version && !input ? (
          <CallExamples version={version} state={inspection} />
        ) : (
          [
            ...curlExamples(origin, name, input ?? FALLBACK.input),
            javaScriptExample(origin, name),
            pythonExample(origin, name),
          ].map((example) => <CodeBlock key={example.label} {...example} />)
        )}
      </Section>
      <Section title="Train" id="train">
        {trainingExamples(origin).map((example) => (
          <CodeBlock key={example.label} {...example} />
        ))}
      </Section>
      <Section title="Paths" id="paths">
        <div class="table-box card">
          <table class="table">
            <thead>
              <tr>
                <th scope="col">Path</th>
                <th scope="col">What it does</th>
              </tr>
            </thead>
            <tbody>
              {PATHS.map(([path, what]) => (
                <tr key={path}>
                  <th scope="row">
                    <code>{path}</code>
                  </th>
                  <td>{what}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </Section>
    </div>
  );
}

const PATHS: readonly (readonly [string, string])[] = [
  ['POST /api/v1/datasets', 'Check a dataset: an address, a file, or sample:digits'],
  ['POST /api/v1/runs', 'Train'],
  ['GET /api/v1/runs/ID/events', 'Follow a run as server-sent events'],
  ['POST /api/v1/models/NAME/predict', 'Labels and probabilities for pictures or pixels'],
  ['GET /v1/models/NAME', 'TensorFlow Serving: state of the versions'],
  ['GET /v1/models/NAME/metadata', 'TensorFlow Serving: signatures'],
  ['POST /v1/models/NAME:predict', 'TensorFlow Serving: predict, also on port 8501'],
  ['GET /healthz, GET /readyz', 'For whoever watches over the server'],
];
