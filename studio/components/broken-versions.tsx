/** @file Versions of a model whose files cannot be used. */
import type { BrokenVersion } from '../api/types.ts';
import { Name } from './basics.tsx';
import { Callout } from './messages.tsx';

export function BrokenVersions({ name, broken }: { name: string; broken: readonly BrokenVersion[] }) {
  return broken.map(({ version, error }) => (
    <Callout
      key={version}
      tone="warning"
      testid="broken-version"
      title={
        <>
          <Name>{name}</Name> version {version} is not served
        </>
      }
    >
      <p class="callout-text">{error.message}</p>
      <p class="callout-fix">
        <strong>What to do:</strong> {error.fix}
      </p>
    </Callout>
  ));
}
