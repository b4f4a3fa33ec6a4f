/** @file Which page is shown: the address bar as a signal, and links that do not reload the page. */
import { computed, signal } from '@preact/signals';
import { parseRoute } from '../logic/routes.ts';

const path = signal(location.pathname);

export const route = computed(() => parseRoute(path.value));

export function navigate(to: string): void {
  if (to === location.pathname) return;
  history.pushState(null, '', to);
  path.value = location.pathname;
  scrollTo(0, 0);
}

/** Follows the back button, and clicks on links to pages. Called once. */
export function startRouter(): void {
  addEventListener('popstate', () => {
    path.value = location.pathname;
  });
  document.addEventListener('click', (event) => {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = (event.target as Element | null)?.closest('a');
    if (!link || link.target || link.hasAttribute('download') || link.origin !== location.origin) return;
    if (link.pathname !== '/' && !link.pathname.startsWith('/studio')) return;
    if (link.hash && link.pathname === location.pathname) return;
    event.preventDefault();
    navigate(link.pathname);
  });
}
