/** @file Build of the studio: one page, hashed files under `/assets`, nothing inline, so that a strict content policy holds. */
import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vite';

/** Holds the first paint until the theme is known; Vite writes the script tag itself and would drop the attribute. */
function blockingScript(): Plugin {
  return {
    name: 'blocking-script',
    transformIndexHtml: {
      order: 'post',
      handler: (html) => html.replace('<script type="module"', '<script type="module" blocking="render"'),
    },
  };
}

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: '/',
  plugins: [blockingScript()],
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: '../dist/studio',
    emptyOutDir: true,
    target: ['chrome123', 'edge123', 'firefox120', 'safari17.5'],
    assetsDir: 'assets',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    proxy: { '/api': 'http://127.0.0.1:8080', '/v1': 'http://127.0.0.1:8080' },
  },
});
