/** @file The stations of a run. */
import type { RunRecord } from '../api/types.ts';
import { STATE_WORDS, STATIONS, type StationStatus, stationStatuses } from '../logic/run-state.ts';
import { Icon, type IconName } from './icons.tsx';

const SIGNS: Readonly<Record<StationStatus, { icon: IconName; word: string }>> = {
  done: { icon: 'check', word: 'done' },
  current: { icon: 'dot', word: 'now' },
  stopped: { icon: 'close', word: 'ended here' },
  ahead: { icon: 'circle', word: 'not yet' },
};

export function Timeline({ run }: { run: RunRecord }) {
  const statuses = stationStatuses(run);
  return (
    <ol class={`timeline timeline-${run.state}`} data-testid="run-timeline" aria-label="Stations of the run">
      {STATIONS.map((station) => {
        const status = statuses[station];
        return (
          <li
            key={station}
            class={`station station-${status}`}
            aria-current={status === 'current' ? 'step' : undefined}
          >
            <span class="station-sign">
              <Icon name={SIGNS[status].icon} size={12} />
            </span>
            <span class="station-name">{STATE_WORDS[station]}</span>
            <span class="visually-hidden">: {SIGNS[status].word}</span>
          </li>
        );
      })}
    </ol>
  );
}
