/** @file A place to drop a file on, which is also a button to choose one. */
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import { Icon } from './icons.tsx';

export function DropZone(props: {
  accept: string;
  label: string;
  hint: string;
  testid: string;
  shape?: 'wide' | 'square';
  disabled?: boolean;
  onFile: (file: File) => void;
  /** Shown in the place of the words. */
  children?: ComponentChildren;
}) {
  const over = useSignal(false);
  const id = useId();
  const classes = ['drop-zone', `drop-${props.shape ?? 'wide'}`, over.value ? 'is-over' : ''].join(' ');
  return (
    <div class={classes}>
      {/* The file field lies over the whole zone: a browser lets files be dropped on it by itself. */}
      <input
        id={id}
        class="drop-input"
        type="file"
        accept={props.accept}
        disabled={props.disabled}
        data-testid={props.testid}
        onDragEnter={() => {
          over.value = true;
        }}
        onDragLeave={() => {
          over.value = false;
        }}
        onDrop={() => {
          over.value = false;
        }}
        onChange={(event) => {
          const file = event.currentTarget.files?.[0];
          if (file) props.onFile(file);
          // The same file may be chosen again.
          event.currentTarget.value = '';
        }}
      />
      <label for={id} class={props.children ? 'drop-label drop-filled' : 'drop-label'}>
        {props.children}
        <span class="drop-words">
          <Icon name={props.shape === 'square' ? 'picture' : 'upload'} size={18} />
          <span>
            <strong>{props.label}</strong> <span class="drop-hint">{props.hint}</span>
          </span>
        </span>
      </label>
    </div>
  );
}
