/** @file Short notices at the edge of the page, also read aloud. */
import { signal } from '@preact/signals';

export interface Notice {
  readonly id: number;
  readonly text: string;
  readonly kind: 'done' | 'problem';
}

export const notices = signal<readonly Notice[]>([]);

let next = 1;

export function notify(text: string, kind: Notice['kind'] = 'done'): void {
  const id = next++;
  notices.value = [...notices.value, { id, text, kind }];
  setTimeout(() => dismiss(id), kind === 'done' ? 3500 : 9000);
}

export function dismiss(id: number): void {
  notices.value = notices.value.filter((notice) => notice.id !== id);
}

export async function copyText(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    notify('Copied');
  } catch {
    notify('The browser did not allow copying. Select the text and copy it by hand.', 'problem');
  }
}
