/** @file What went wrong or happened, with what to do next. */
import type { ComponentChildren } from 'preact';
import type { Failure } from '../api/request.ts';
import { dismiss, notices } from '../state/notice.ts';
import { Icon, type IconName } from './icons.tsx';

/** An error in words, with the fix. */
export function ErrorCard(props: { error: Failure; title?: string; testid?: string; children?: ComponentChildren }) {
  return (
    <div class="callout callout-bad" role="alert" data-testid={props.testid ?? 'error'}>
      <Icon name="error" size={18} />
      <div class="callout-body">
        {props.title && <p class="callout-title">{props.title}</p>}
        <p class="callout-text">{props.error.message}</p>
        {props.error.fix && (
          <p class="callout-fix">
            <strong>What to do:</strong> {props.error.fix}
          </p>
        )}
        {props.children && <div class="actions">{props.children}</div>}
        <p class="callout-code">
          <code>{props.error.code}</code>
        </p>
      </div>
    </div>
  );
}

export function Callout(props: {
  tone: 'info' | 'warning' | 'good';
  title: ComponentChildren;
  testid?: string;
  children?: ComponentChildren;
}) {
  const icon: IconName = props.tone === 'good' ? 'check' : props.tone === 'warning' ? 'alert' : 'info';
  return (
    <div class={`callout callout-${props.tone}`} data-testid={props.testid}>
      <Icon name={icon} size={18} />
      <div class="callout-body">
        <p class="callout-title">{props.title}</p>
        {props.children}
      </div>
    </div>
  );
}

/** Notices that come and go; screen readers hear them. */
export function Notices() {
  return (
    <div class="notices" role="status" aria-live="polite">
      {notices.value.map(({ id, text, kind }) => (
        <div class={`notice notice-${kind}`} key={id}>
          <Icon name={kind === 'done' ? 'check' : 'alert'} />
          <span>{text}</span>
          <button type="button" class="icon-button" aria-label="Dismiss" onClick={() => dismiss(id)}>
            <Icon name="close" size={14} />
          </button>
        </div>
      ))}
    </div>
  );
}
