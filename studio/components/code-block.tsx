/** @file Text to copy. */
import { copyText } from '../state/notice.ts';
import { Icon } from './icons.tsx';

export function CodeBlock({ code, label }: { code: string; label: string }) {
  return (
    <figure class="code-block">
      <figcaption>
        <span>{label}</span>
        <button
          type="button"
          class="button button-small button-quiet"
          aria-label={`Copy: ${label}`}
          onClick={() => copyText(code)}
        >
          <Icon name="copy" size={14} />
          Copy
        </button>
      </figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable with the keyboard */}
      <pre tabIndex={0}>
        <code>{code}</code>
      </pre>
    </figure>
  );
}
