/** @file An address without a page. */
import { Empty } from '../components/basics.tsx';

export function MissingPage({ path }: { path: string }) {
  return (
    <div class="page">
      <Empty icon="info" title="There is nothing here">
        <h1 class="visually-hidden" id="page-title" tabIndex={-1}>
          No such page
        </h1>
        <p class="note">
          <code>{path}</code> is no page of the studio.
        </p>
        <a class="button" href="/">
          To the start
        </a>
      </Empty>
    </div>
  );
}
