/** @file Try a model: draw, or give it a picture. */
import { type Signal, useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { client } from '../api/client.ts';
import { ErrorCard } from '../components/messages.tsx';
import { PredictionView } from '../components/prediction-view.tsx';
import { formatShape } from '../logic/format.ts';
import { DrawPad } from './draw-pad.tsx';
import type { Stroke } from './ink.ts';
import { drawingToPixels } from './normalise.ts';
import { PictureTry } from './picture-try.tsx';
import { SeenCanvas } from './seen-canvas.tsx';
import { isDrawable, type TryTarget } from './target.ts';
import { usePrediction } from './use-prediction.ts';

const DELAY_MS = 150;

export function TryPanel({ target }: { target: TryTarget }) {
  const drawable = isDrawable(target.input);
  const mode = useSignal<'draw' | 'picture'>(drawable ? 'draw' : 'picture');
  const shown = drawable ? mode.value : 'picture';
  return (
    <div class="try card" data-testid="try-panel">
      {drawable && (
        <fieldset class="segmented">
          <legend class="visually-hidden">What to give the model</legend>
          {(['draw', 'picture'] as const).map((name) => (
            <label key={name} data-testid={`try-${name}`}>
              <input
                type="radio"
                name="try-mode"
                checked={shown === name}
                onChange={() => {
                  mode.value = name;
                }}
              />
              {name === 'draw' ? 'Draw' : 'Picture'}
            </label>
          ))}
        </fieldset>
      )}
      {shown === 'draw' ? <DrawTry target={target} /> : <PictureTry target={target} />}
    </div>
  );
}

function DrawTry({ target }: { target: TryTarget }) {
  const strokes = useSignal<readonly Stroke[]>([]);
  const darkInk = useSignal(false);
  const centre = useSignal(true);
  const { answer, failure, ask } = usePrediction();
  const { name, version, input } = target;
  const drawn = strokes.value;
  const pixels = useMemo(
    () => drawingToPixels(drawn, input, { darkInk: darkInk.value, centre: centre.value }),
    [drawn, input, darkInk.value, centre.value],
  );

  useEffect(() => {
    ask(pixels && ((signal) => client.predictPixels(name, version, pixels, signal)), DELAY_MS);
  }, [pixels, name, version]);

  return (
    <div class="try-body">
      <DrawPad strokes={strokes} darkInk={darkInk.value}>
        <details class="details">
          <summary>Options</summary>
          <Check label="Crop and centre, as MNIST does" state={centre} />
          <Check label="Dark ink on white" state={darkInk} />
        </details>
      </DrawPad>
      <div class="seen">
        <SeenCanvas pixels={pixels} target={input} darkInk={darkInk.value} />
        <p class="note">
          What the model sees
          <br />
          {formatShape(input)}
        </p>
      </div>
      {failure.value ? (
        <ErrorCard error={failure.value} title="No prediction" testid="prediction-error" />
      ) : (
        <PredictionView answer={answer.value} labels={target.labels} hint="Draw, and the answer appears here." />
      )}
    </div>
  );
}

function Check({ label, state }: { label: string; state: Signal<boolean> }) {
  return (
    <label class="check">
      <input
        type="checkbox"
        checked={state.value}
        onChange={(event) => {
          state.value = event.currentTarget.checked;
        }}
      />
      {label}
    </label>
  );
}
