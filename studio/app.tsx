/** @file The page for the address, in its frame; title and focus follow. */
import { useEffect, useRef } from 'preact/hooks';
import { Notices } from './components/messages.tsx';
import { Shell } from './components/shell.tsx';
import { formatPercent } from './logic/format.ts';
import { datasetName } from './logic/names.ts';
import type { Route } from './logic/routes.ts';
import { isActive } from './logic/run-state.ts';
import { ApiPage } from './pages/api.tsx';
import { DatasetPage } from './pages/dataset.tsx';
import { MissingPage } from './pages/missing.tsx';
import { ModelPage } from './pages/model.tsx';
import { ModelsPage } from './pages/models.tsx';
import { RunPage } from './pages/run.tsx';
import { RunsPage } from './pages/runs.tsx';
import { StartPage } from './pages/start.tsx';
import { TryPage } from './pages/try.tsx';
import { route } from './state/router.ts';
import { datasets, runs } from './state/store.ts';

export function App() {
  const current = route.value;
  const first = useRef(true);
  const address = JSON.stringify(current);
  const title = titleOf(current);

  useEffect(() => {
    document.title = title === 'Pictor' ? title : `${title} · Pictor`;
  }, [title]);

  useEffect(() => {
    // The browser places the focus on the first load; afterwards a new page is announced by focusing its title.
    if (!first.current) document.getElementById('page-title')?.focus({ preventScroll: true });
    first.current = false;
  }, [address]);

  return (
    <>
      <Shell>
        <Page key={address} route={current} />
      </Shell>
      <Notices />
    </>
  );
}

function Page({ route: current }: { route: Route }) {
  switch (current.page) {
    case 'start':
      return <StartPage />;
    case 'dataset':
      return <DatasetPage id={current.id} />;
    case 'runs':
      return <RunsPage />;
    case 'run':
      return <RunPage id={current.id} />;
    case 'models':
      return <ModelsPage />;
    case 'model':
      return <ModelPage name={current.name} version={current.version} />;
    case 'try':
      return <TryPage name={current.name} version={current.version} />;
    case 'api':
      return <ApiPage />;
    case 'missing':
      return <MissingPage path={current.path} />;
  }
}

/** The title tells how far a run is, so that a tab in the background can be watched. */
function titleOf(current: Route): string {
  switch (current.page) {
    case 'start':
      return 'Pictor';
    case 'dataset':
      return datasetName(datasets.value?.find(({ id }) => id === current.id)?.title ?? 'Dataset');
    case 'runs':
      return 'Runs';
    case 'run': {
      const run = runs.value?.find(({ id }) => id === current.id);
      if (!run) return 'Run';
      return isActive(run.state) ? `${formatPercent(run.progress, 0)} ${run.name}` : run.name;
    }
    case 'models':
      return 'Models';
    case 'model':
      return current.name;
    case 'try':
      return current.name ? `Try ${current.name}` : 'Try';
    case 'api':
      return 'API';
    case 'missing':
      return 'Not found';
  }
}
