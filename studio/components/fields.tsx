/** @file Fields of forms: a line of text, and a choice among words. */

interface FieldProps {
  readonly id: string;
  readonly label: string;
  readonly value: string;
}

/** @param fault takes the place of `hint` */
export function TextField(
  props: FieldProps & {
    placeholder?: string;
    hint?: string;
    fault?: string | null;
    maxLength?: number;
    inputMode?: 'numeric' | 'decimal' | 'text';
    onInput: (text: string) => void;
  },
) {
  const { id, fault, hint } = props;
  const help = fault ?? hint;
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      <input
        id={id}
        class="input"
        data-testid={id}
        value={props.value}
        placeholder={props.placeholder}
        maxLength={props.maxLength}
        inputMode={props.inputMode}
        autocomplete="off"
        spellcheck={false}
        aria-invalid={Boolean(fault)}
        aria-describedby={help ? `${id}-help` : undefined}
        onInput={(event) => props.onInput(event.currentTarget.value)}
      />
      {help && (
        <p id={`${id}-help`} class={fault ? 'help help-bad' : 'help'}>
          {help}
        </p>
      )}
    </div>
  );
}

/** @param empty what stands for no choice; `words` how options are shown, in their order */
export function ChoiceField(
  props: FieldProps & {
    empty: string;
    options: readonly string[];
    words?: readonly string[];
    onChoose: (option: string) => void;
  },
) {
  return (
    <div class="field">
      <label for={props.id}>{props.label}</label>
      <select
        id={props.id}
        class="select"
        data-testid={props.id}
        value={props.value}
        onChange={(event) => props.onChoose(event.currentTarget.value)}
      >
        <option value="">{props.empty}</option>
        {props.options.map((option, i) => (
          <option key={option} value={option}>
            {props.words?.[i] ?? option}
          </option>
        ))}
      </select>
    </div>
  );
}
