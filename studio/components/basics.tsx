/** @file Small parts that every page is made of. */
import type { ComponentChildren } from 'preact';
import { formatAgo, formatMoment } from '../logic/format.ts';
import { now } from '../state/store.ts';
import { Icon, type IconName } from './icons.tsx';

/** Title of a page with what can be done on it. Takes the focus when the page is opened, so that it is read aloud. */
export function PageHead(props: {
  title: ComponentChildren;
  lead?: ComponentChildren;
  back?: { href: string; label: string };
  children?: ComponentChildren;
}) {
  return (
    <header class="page-head">
      {props.back && (
        <a class="back-link" href={props.back.href}>
          {props.back.label}
        </a>
      )}
      <div class="page-head-row">
        <h1 tabIndex={-1} id="page-title">
          {props.title}
        </h1>
        {props.children && <div class="actions">{props.children}</div>}
      </div>
      {props.lead && <p class="lead">{props.lead}</p>}
    </header>
  );
}

export function Section(props: {
  title: ComponentChildren;
  id: string;
  note?: ComponentChildren;
  actions?: ComponentChildren;
  children: ComponentChildren;
}) {
  return (
    <section class="section" aria-labelledby={props.id}>
      <div class="section-head">
        <h2 id={props.id}>{props.title}</h2>
        {props.note && <p class="note">{props.note}</p>}
        {props.actions && <div class="actions">{props.actions}</div>}
      </div>
      {props.children}
    </section>
  );
}

/** Text that comes from outside, such as a class name: kept apart from the writing direction of the text around it. */
export function Name({ children, wide = false }: { children: string; wide?: boolean }) {
  return (
    <bdi class={wide ? 'name name-wide' : 'name'} title={children}>
      {children}
    </bdi>
  );
}

export type Tone = 'neutral' | 'active' | 'good' | 'warning' | 'bad';

export function Badge(props: { tone: Tone; icon?: IconName; testid?: string; children: ComponentChildren }) {
  return (
    <span class={`badge badge-${props.tone}`} data-testid={props.testid}>
      {props.tone === 'active' ? (
        <span class="pulse" aria-hidden="true" />
      ) : (
        props.icon && <Icon name={props.icon} size={13} />
      )}
      {props.children}
    </span>
  );
}

/** How much is done, 0..1; null while it cannot be told. */
export function Progress(props: { value: number | null; label: string; testid?: string }) {
  const percent = props.value === null ? undefined : Math.round(props.value * 100);
  return (
    <div
      class={props.value === null ? 'progress progress-unknown' : 'progress'}
      role="progressbar"
      aria-label={props.label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent}
      data-testid={props.testid}
    >
      <div class="progress-bar" style={{ '--value': props.value ?? 0.3 }} />
    </div>
  );
}

/** A share 0..1 as a bar, with its number as text. */
export function Bar(props: { value: number; text: string; tone?: 'accent' | 'quiet' }) {
  return (
    <span class={`bar bar-${props.tone ?? 'accent'}`}>
      <span class="bar-track" aria-hidden="true">
        <span class="bar-fill" style={{ '--value': Math.min(1, Math.max(0, props.value || 0)) }} />
      </span>
      <span class="bar-text">{props.text}</span>
    </span>
  );
}

export interface Fact {
  readonly label: string;
  readonly value: ComponentChildren;
  readonly detail?: ComponentChildren;
  readonly testid?: string;
}

/** A row of figures with their names. */
export function Facts(props: { facts: readonly Fact[]; large?: boolean; flow?: boolean }) {
  return (
    <dl class={`facts${props.large ? ' facts-large' : ''}${props.flow ? ' facts-flow' : ''}`}>
      {props.facts.map((fact) => (
        <div class="fact" key={fact.label}>
          <dt>{fact.label}</dt>
          <dd data-testid={fact.testid}>
            {fact.value}
            {fact.detail && <span class="fact-detail">{fact.detail}</span>}
          </dd>
        </div>
      ))}
    </dl>
  );
}

export function Ago({ at }: { at: string }) {
  return (
    <time dateTime={at} title={formatMoment(at)}>
      {formatAgo(at, now.value)}
    </time>
  );
}

export function Empty(props: { icon: IconName; title: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <span class="empty-icon">
        <Icon name={props.icon} size={22} />
      </span>
      <p class="empty-title">{props.title}</p>
      {props.children}
    </div>
  );
}

/** Grey lines in the place of what is still on its way. */
export function Skeleton({ lines = 3 }: { lines?: number }) {
  return (
    <div class="skeleton" role="status" aria-label="Loading">
      {Array.from({ length: lines }, (_, i) => (
        <span key={i} />
      ))}
    </div>
  );
}
