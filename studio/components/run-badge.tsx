/** @file The state of a run, in a word, with a sign. */
import type { RunRecord, RunState } from '../api/types.ts';
import { formatPercent } from '../logic/format.ts';
import { STATE_WORDS } from '../logic/run-state.ts';
import { Badge, type Tone } from './basics.tsx';
import type { IconName } from './icons.tsx';

const LOOKS: Readonly<Record<RunState, { tone: Tone; icon?: IconName }>> = {
  queued: { tone: 'neutral', icon: 'circle' },
  fetching: { tone: 'active' },
  preparing: { tone: 'active' },
  training: { tone: 'active' },
  evaluating: { tone: 'active' },
  publishing: { tone: 'active' },
  succeeded: { tone: 'good', icon: 'check' },
  failed: { tone: 'bad', icon: 'error' },
  cancelled: { tone: 'neutral', icon: 'stop' },
};

export function RunBadge({ run, testid }: { run: Pick<RunRecord, 'state' | 'progress'>; testid?: string }) {
  const { tone, icon } = LOOKS[run.state];
  return (
    <Badge tone={tone} {...(icon ? { icon } : {})} {...(testid ? { testid } : {})}>
      {STATE_WORDS[run.state]}
      {run.state === 'training' && <span class="badge-figure">{formatPercent(run.progress, 0)}</span>}
    </Badge>
  );
}
