/** @file Asks before something is gone for good. */
import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { describeError, type Failure } from '../api/request.ts';
import { Icon } from './icons.tsx';
import { ErrorCard } from './messages.tsx';

/** A button that opens a question, and does what it says only after the second button. */
export function ConfirmButton(props: {
  label: string;
  question: string;
  explanation: string;
  confirm: string;
  testid: string;
  onConfirm: () => Promise<void>;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const busy = useSignal(false);
  const failure = useSignal<Failure | null>(null);
  const titleId = `${props.testid}-title`;
  const run = async () => {
    busy.value = true;
    try {
      await props.onConfirm();
      dialog.current?.close();
    } catch (error) {
      failure.value = describeError(error);
    }
    busy.value = false;
  };
  const open = () => {
    failure.value = null;
    dialog.current?.showModal();
  };
  return (
    <>
      <button type="button" class="button button-quiet" data-testid={props.testid} onClick={open}>
        <Icon name="trash" />
        {props.label}
      </button>
      <dialog class="dialog" ref={dialog} aria-labelledby={titleId}>
        <h2 id={titleId}>{props.question}</h2>
        <p>{props.explanation}</p>
        {failure.value && <ErrorCard error={failure.value} />}
        <div class="actions actions-end">
          <button type="button" class="button" onClick={() => dialog.current?.close()}>
            Keep
          </button>
          <button
            type="button"
            class="button button-danger"
            data-testid={`${props.testid}-confirm`}
            disabled={busy.value}
            onClick={run}
          >
            {props.confirm}
          </button>
        </div>
      </dialog>
    </>
  );
}
