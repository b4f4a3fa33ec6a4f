/** @file Light, dark, or what the system says; remembered in this browser. */
import { effect, signal } from '@preact/signals';

export const THEMES = ['light', 'system', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const KEY = 'pictor:theme';

export const theme = signal<Theme>(readTheme());

/** Changes whenever colours do, so that canvases draw themselves again. */
export const colourChange = signal(0);

export function startTheme(): void {
  effect(() => {
    const chosen = theme.value;
    if (chosen === 'system') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = chosen;
    store(KEY, chosen);
    colourChange.value = colourChange.peek() + 1;
  });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
    colourChange.value++;
  });
}

/** The colour that a custom property stands for right now, as a canvas understands it. */
export function resolveColour(element: HTMLElement, property: string): string {
  const kept = element.style.color;
  element.style.color = `var(${property})`;
  const colour = getComputedStyle(element).color;
  element.style.color = kept;
  return colour;
}

function readTheme(): Theme {
  const stored = restore(KEY);
  return THEMES.find((name) => name === stored) ?? 'system';
}

/** Browsers that keep nothing for a site throw here; then it is not remembered. */
function store(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {}
}

function restore(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}
