/** @file Gives the model a picture file, a pasted picture, or one from the camera. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { client } from '../api/client.ts';
import { DropZone } from '../components/drop-zone.tsx';
import { ErrorCard } from '../components/messages.tsx';
import { PredictionView } from '../components/prediction-view.tsx';
import { formatShape } from '../logic/format.ts';
import { Camera } from './camera.tsx';
import type { TryTarget } from './target.ts';
import { usePrediction } from './use-prediction.ts';

export function PictureTry({ target }: { target: TryTarget }) {
  const picture = useSignal<Blob | null>(null);
  const preview = useSignal<string | null>(null);
  const { answer, failure, busy, ask } = usePrediction();
  const { name, version, input } = target;
  const given = picture.value;

  useEffect(() => {
    ask(given && ((signal) => client.predictPicture(name, version, given, signal)));
  }, [given, name, version]);

  useEffect(() => {
    preview.value = given ? URL.createObjectURL(given) : null;
    const url = preview.value;
    return () => {
      if (url) URL.revokeObjectURL(url);
    };
  }, [given]);

  useEffect(() => {
    const onPaste = (event: ClipboardEvent) => {
      const file = [...(event.clipboardData?.files ?? [])].find(({ type }) => type.startsWith('image/'));
      if (file) picture.value = file;
    };
    document.addEventListener('paste', onPaste);
    return () => document.removeEventListener('paste', onPaste);
  }, []);

  const take = (file: Blob) => {
    picture.value = file;
  };
  const seen = answer.value?.response.seen;
  return (
    <div class="try-body">
      <div class="pad">
        <DropZone
          accept="image/*"
          label="Choose a picture"
          hint="or drop or paste one here"
          testid="picture-file"
          onFile={take}
          shape="square"
        >
          {preview.value && (
            <img
              class="picture-preview"
              src={preview.value}
              alt="What you gave"
              onError={() => {
                // Browsers do not show every format that the server reads.
                preview.value = null;
              }}
            />
          )}
        </DropZone>
        <Camera onPicture={take} />
      </div>
      <div class="seen">
        {seen ? (
          <img
            class="seen-picture"
            data-testid="seen-picture"
            src={seen}
            alt={`What the model sees, ${input.height} by ${input.width} pixels`}
          />
        ) : (
          <div class="seen-picture seen-empty" aria-hidden="true" />
        )}
        <p class="note">
          What the model sees
          <br />
          {formatShape(input)}
        </p>
      </div>
      {failure.value ? (
        <ErrorCard error={failure.value} title="No prediction" testid="prediction-error" />
      ) : (
        <PredictionView
          answer={answer.value}
          labels={target.labels}
          hint={busy.value ? 'Looking at it' : 'Give it a picture, and the answer appears here.'}
        />
      )}
    </div>
  );
}
