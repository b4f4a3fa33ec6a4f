/** @file What was understood about a dataset, and what is wrong with it. */
import type { DatasetFinding, DatasetManifest } from '../api/types.ts';
import { adviceFor, sortFindings } from '../logic/findings.ts';
import { formatCount, formatPercent, formatShape, plural } from '../logic/format.ts';
import { Bar, Facts, Name, Section } from './basics.tsx';
import { Gallery } from './gallery.tsx';
import { Icon, type IconName } from './icons.tsx';

export function DatasetReport({ id, manifest }: { id: string; manifest: DatasetManifest }) {
  const { train, validation, test } = manifest.splits;
  const total = train.count + validation.count + test.count;
  return (
    <div data-testid="dataset-report">
      <Section title="Summary" id="summary">
        <Facts
          flow
          facts={[
            { label: 'Pictures', value: formatCount(total), testid: 'dataset-pictures' },
            { label: 'Classes', value: formatCount(manifest.classes.length), testid: 'dataset-classes' },
            { label: 'Original size', value: sizeRange(manifest) },
            { label: 'Prepared as', value: formatShape(manifest.image) },
            { label: 'Format', value: manifest.format },
          ]}
        />
        <Splits manifest={manifest} total={total} />
      </Section>
      <Findings findings={manifest.findings} />
      <Section title="Classes" id="classes">
        <ClassTable manifest={manifest} />
      </Section>
      <Gallery id={id} manifest={manifest} />
    </div>
  );
}

function sizeRange({ originalSizes: sizes }: DatasetManifest): string {
  const smallest = `${sizes.minWidth} × ${sizes.minHeight}`;
  if (sizes.distinct <= 1) return smallest;
  return `${smallest} – ${sizes.maxWidth} × ${sizes.maxHeight}`;
}

const SPLIT_WORDS = [
  { split: 'train', label: 'Training' },
  { split: 'validation', label: 'Validation' },
  { split: 'test', label: 'Test' },
] as const;

function Splits({ manifest, total }: { manifest: DatasetManifest; total: number }) {
  const present = SPLIT_WORDS.filter(({ split }) => manifest.splits[split].count > 0);
  return (
    <div class="splits">
      <div class="splits-bar" aria-hidden="true">
        {present.map(({ split }) => (
          <span key={split} class={`split-${split}`} style={{ '--grow': manifest.splits[split].count / total }} />
        ))}
      </div>
      <ul class="splits-legend">
        {present.map(({ split, label }) => (
          <li key={split}>
            <span class={`swatch split-${split}`} aria-hidden="true" />
            {label} <strong>{formatCount(manifest.splits[split].count)}</strong>
            <span class="note">{formatPercent(manifest.splits[split].count / total, 0)}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}

const SEVERITIES: Readonly<Record<DatasetFinding['severity'], { icon: IconName; word: string }>> = {
  error: { icon: 'error', word: 'Error' },
  warning: { icon: 'alert', word: 'Warning' },
  info: { icon: 'info', word: 'Note' },
};

function Findings({ findings }: { findings: readonly DatasetFinding[] }) {
  return (
    <Section title="Health" id="health">
      {findings.length === 0 ? (
        <p class="finding finding-good card" data-testid="findings-none">
          <Icon name="check" /> Nothing is wrong with this dataset.
        </p>
      ) : (
        <ul class="findings card" data-testid="findings">
          {sortFindings(findings).map((finding) => (
            <li key={finding.code + finding.message} class={`finding finding-${finding.severity}`}>
              <Icon name={SEVERITIES[finding.severity].icon} />
              <div>
                <p class="finding-title">
                  <span class="visually-hidden">{SEVERITIES[finding.severity].word}: </span>
                  {finding.message}
                </p>
                <p class="note">{adviceFor(finding)}</p>
                {finding.files.length > 0 && (
                  <details class="details details-small">
                    <summary>{plural(finding.count, 'file')}</summary>
                    <ul class="file-list">
                      {finding.files.map((file) => (
                        <li key={file}>
                          <bdi>{file}</bdi>
                        </li>
                      ))}
                      {finding.count > finding.files.length && (
                        <li class="note">and {formatCount(finding.count - finding.files.length)} more</li>
                      )}
                    </ul>
                  </details>
                )}
              </div>
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}

function ClassTable({ manifest }: { manifest: DatasetManifest }) {
  const present = SPLIT_WORDS.filter(({ split }) => manifest.splits[split].count > 0);
  const rows = manifest.classes.map((label, i) => {
    const counts = present.map(({ split }) => manifest.splits[split].perClass[i] ?? 0);
    return { label, counts, total: counts.reduce((sum, count) => sum + count, 0) };
  });
  const largest = Math.max(1, ...rows.map((row) => row.total));
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable with the keyboard
    <section class="table-box card table-tall" tabIndex={0} aria-label="Pictures of each class">
      <table class="table table-figures" data-testid="class-table">
        <thead>
          <tr>
            <th scope="col">Class</th>
            <th scope="col">Pictures</th>
            {present.map(({ split, label }) => (
              <th scope="col" key={split}>
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.label}>
              <th scope="row">
                <Name>{row.label}</Name>
              </th>
              <td class="cell-bar cell-strong">
                <Bar value={row.total / largest} text={formatCount(row.total)} />
              </td>
              {row.counts.map((count, i) => (
                <td key={present[i].split}>{formatCount(count)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
