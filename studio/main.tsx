/** @file Starts the studio. */
import { render } from 'preact';
import 'uplot/dist/uPlot.min.css';
import './styles/tokens.css';
import './styles/base.css';
import './styles/frame.css';
import './styles/page.css';
import './styles/controls.css';
import './styles/messages.css';
import './styles/figures.css';
import './styles/charts.css';
import './styles/start.css';
import './styles/dataset.css';
import './styles/run.css';
import './styles/models.css';
import './styles/try.css';
import { App } from './app.tsx';
import { startRouter } from './state/router.ts';
import { startStore } from './state/store.ts';
import { startTheme } from './state/theme.ts';

/** A file that misses its place would replace the page. */
function guardDrops(): void {
  for (const name of ['dragover', 'drop'] as const) {
    addEventListener(name, (event) => {
      if (event.target instanceof HTMLInputElement && event.target.type === 'file') return;
      event.preventDefault();
      if (event.dataTransfer) event.dataTransfer.dropEffect = 'none';
    });
  }
}

guardDrops();
startTheme();
startRouter();
startStore();
render(<App />, document.getElementById('app') as HTMLElement);
