/** @file How to call one version: with pictures where it takes them, else with tensors of its own signature. */
import type { ModelVersion } from '../api/types.ts';
import { curlExamples, tensorExample } from '../logic/examples.ts';
import type { InspectionState } from '../state/use-inspection.ts';
import { Skeleton } from './basics.tsx';
import { CodeBlock } from './code-block.tsx';

export function CallExamples({ version, state }: { version: ModelVersion; state: InspectionState }) {
  const { name, input, origin } = version;
  if (input) {
    const examples = curlExamples(location.origin, name, input);
    // Models that were made elsewhere have signatures of their own; pictures are taken by all.
    const shown = origin ? examples.slice(0, 1) : examples;
    return shown.map((example) => <CodeBlock key={example.label} {...example} />);
  }
  if (state.failure.value) return null;
  if (!state.inspection.value) return <Skeleton lines={2} />;
  const example = tensorExample(location.origin, name, state.inspection.value.signatures);
  if (example) return <CodeBlock {...example} />;
  return (
    <p class="note">It takes what its signatures say, below. They are called over REST, gRPC and Open Inference.</p>
  );
}
