/** @file Some of the pictures as the model will see them, by class. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { fetchPicture } from '../api/client.ts';
import { describeError, type Failure, isAbort } from '../api/request.ts';
import type { DatasetManifest, Split } from '../api/types.ts';
import { groupByLabel, spreadIndices } from '../logic/gallery.ts';
import { Name, Section, Skeleton } from './basics.tsx';
import { Icon } from './icons.tsx';
import { ErrorCard } from './messages.tsx';

interface Shown {
  readonly label: string;
  readonly index: number;
  readonly url: string;
}

const WANTED = 60;
const AT_ONCE = 6;

export function Gallery({ id, manifest }: { id: string; manifest: DatasetManifest }) {
  const split = useSignal<Split>('train');
  const turn = useSignal(0);
  const pictures = useSignal<readonly Shown[]>([]);
  const failure = useSignal<Failure | null>(null);
  const filter = useSignal('');
  const present = (['train', 'validation', 'test'] as const).filter((name) => manifest.splits[name].count > 0);

  useEffect(() => {
    const controller = new AbortController();
    const urls: string[] = [];
    const indices = spreadIndices(manifest.splits[split.value].count, WANTED, turn.value);
    const chosen = split.value;
    pictures.value = [];
    failure.value = null;
    const work = async () => {
      for (let index = indices.shift(); index !== undefined; index = indices.shift()) {
        const { label, picture } = await fetchPicture(id, chosen, index, controller.signal);
        const url = URL.createObjectURL(picture);
        urls.push(url);
        pictures.value = [...pictures.value, { label, index, url }].sort((a, b) => a.index - b.index);
      }
    };
    Promise.all(Array.from({ length: AT_ONCE }, work)).catch((error: unknown) => {
      if (isAbort(error)) return;
      controller.abort();
      failure.value = describeError(error);
    });
    return () => {
      controller.abort();
      for (const url of urls) URL.revokeObjectURL(url);
    };
  }, [id, split.value, turn.value]);

  const groups = groupByLabel(pictures.value, manifest.classes).filter(
    ({ label }) => filter.value === '' || label === filter.value,
  );
  const pixelated = Math.max(manifest.image.height, manifest.image.width) < 64;
  return (
    <Section
      title="Pictures"
      id="pictures"
      note="A sample, as the model will see them."
      actions={
        <>
          <label class="inline-field">
            <span class="visually-hidden">Class</span>
            <select
              class="select select-small"
              value={filter.value}
              onChange={(event) => {
                filter.value = event.currentTarget.value;
              }}
            >
              <option value="">All classes</option>
              {manifest.classes.map((label) => (
                <option key={label} value={label}>
                  {label}
                </option>
              ))}
            </select>
          </label>
          {present.length > 1 && (
            <label class="inline-field">
              <span class="visually-hidden">Split</span>
              <select
                class="select select-small"
                value={split.value}
                onChange={(event) => {
                  split.value = event.currentTarget.value as Split;
                }}
              >
                {present.map((name) => (
                  <option key={name} value={name}>
                    {name}
                  </option>
                ))}
              </select>
            </label>
          )}
          <button type="button" class="button button-small" onClick={() => turn.value++}>
            Others
          </button>
        </>
      }
    >
      {failure.value && <ErrorCard error={failure.value} />}
      {!failure.value && pictures.value.length === 0 && <Skeleton lines={3} />}
      {filter.value !== '' && groups.length === 0 && pictures.value.length > 0 && (
        <p class="note">
          <Icon name="info" size={14} /> None of this class in the sample. “Others” draws a new one.
        </p>
      )}
      {groups.length > 0 && (
        <div class={pixelated ? 'gallery card pixelated' : 'gallery card'} data-testid="gallery">
          {groups.map((group) => (
            <div class="gallery-row" key={group.label}>
              <h3>
                <Name>{group.label}</Name>
              </h3>
              <div class="gallery-pictures">
                {group.pictures.map(({ url, index }) => (
                  <img key={index} src={url} alt={`${group.label}, number ${index}`} loading="lazy" />
                ))}
              </div>
            </div>
          ))}
        </div>
      )}
    </Section>
  );
}
