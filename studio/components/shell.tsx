/** @file What stands around every page: the name, the ways to other pages, what is running, light and dark. */
import type { ComponentChildren } from 'preact';
import { formatPercent } from '../logic/format.ts';
import { pageAddress, type Route } from '../logic/routes.ts';
import { STATE_WORDS } from '../logic/run-state.ts';
import { route } from '../state/router.ts';
import { activeRuns, connection } from '../state/store.ts';
import { THEMES, type Theme, theme } from '../state/theme.ts';
import { Progress } from './basics.tsx';
import { Icon, type IconName, Mark } from './icons.tsx';

const SECTIONS: readonly { label: string; icon: IconName; href: string; pages: readonly Route['page'][] }[] = [
  { label: 'Data', icon: 'data', href: pageAddress.start(), pages: ['start', 'dataset'] },
  { label: 'Runs', icon: 'runs', href: pageAddress.runs(), pages: ['runs', 'run'] },
  { label: 'Models', icon: 'models', href: pageAddress.models(), pages: ['models', 'model'] },
  { label: 'Try', icon: 'draw', href: pageAddress.try(), pages: ['try'] },
  { label: 'API', icon: 'code', href: pageAddress.api(), pages: ['api'] },
];

export function Shell({ children }: { children: ComponentChildren }) {
  return (
    <div class="shell">
      <a class="skip-link" href="#main">
        Skip to the content
      </a>
      <header class="side">
        <a class="brand" href="/" aria-label="Pictor, to the start">
          <Mark />
          <span>Pictor</span>
        </a>
        <nav class="nav" aria-label="Main">
          {SECTIONS.map((section) => (
            <a
              key={section.href}
              href={section.href}
              class="nav-link"
              aria-current={section.pages.includes(route.value.page) ? 'page' : undefined}
              data-testid={`nav-${section.label.toLowerCase()}`}
            >
              <Icon name={section.icon} />
              <span>{section.label}</span>
            </a>
          ))}
        </nav>
        <Running />
        <div class="side-foot">
          <Connection />
          <ThemeSwitch />
        </div>
      </header>
      <main id="main" class="main" tabIndex={-1}>
        {children}
      </main>
    </div>
  );
}

/** Runs in progress, on every page. */
function Running() {
  if (activeRuns.value.length === 0) return null;
  return (
    <section class="running" aria-label="Running now">
      <p class="running-title">Running</p>
      <ul>
        {activeRuns.value.slice(0, 4).map((run) => (
          <li key={run.id}>
            <a href={pageAddress.run(run.id)}>
              <span class="running-row">
                <span class="running-name">{run.name}</span>
                <span class="running-state">
                  {run.state === 'queued' ? STATE_WORDS.queued : formatPercent(run.progress, 0)}
                </span>
              </span>
              <Progress value={run.progress} label={`Progress of ${run.name}`} />
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Connection() {
  const words = { live: 'Live', connecting: 'Connecting', polling: 'Reconnecting' }[connection.value];
  return (
    <span class={`connection connection-${connection.value}`} role="status" data-testid="connection">
      <span class="connection-dot" aria-hidden="true" />
      {words}
    </span>
  );
}

const THEME_LOOKS: Readonly<Record<Theme, { icon: IconName; label: string }>> = {
  light: { icon: 'sun', label: 'Light' },
  system: { icon: 'system', label: 'As the system' },
  dark: { icon: 'moon', label: 'Dark' },
};

function ThemeSwitch() {
  return (
    <fieldset class="theme-switch">
      <legend class="visually-hidden">Colours</legend>
      {THEMES.map((name) => (
        <label key={name} title={THEME_LOOKS[name].label} data-testid={`theme-${name}`}>
          <input
            type="radio"
            name="theme"
            value={name}
            checked={theme.value === name}
            onChange={() => {
              theme.value = name;
            }}
          />
          <Icon name={THEME_LOOKS[name].icon} size={14} />
          <span class="visually-hidden">{THEME_LOOKS[name].label}</span>
        </label>
      ))}
    </fieldset>
  );
}
