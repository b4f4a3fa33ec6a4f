/** @file Text for people: safe names, numbers, durations, tables. */

const whole = new Intl.NumberFormat('en-US');

/** Names come from datasets: control characters would reach the terminal, long ones would break the layout. */
export function plain(text: string, maxLength = 60): string {
  const characters = [...text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\u{fffd}')];
  return characters.length > maxLength ? `${characters.slice(0, maxLength - 1).join('')}…` : characters.join('');
}

/** A message of any length on one line: it may quote names from archives and from servers. */
export function plainLine(text: string): string {
  return plain(text.trim().replace(/[\t\r\n]+/g, ' '), Number.POSITIVE_INFINITY);
}

/** As `plain`, but of a long path the end is kept: that is where the file's name is. */
export function plainPath(text: string, maxLength = 60): string {
  const characters = [...plain(text, Number.POSITIVE_INFINITY)];
  return characters.length > maxLength ? `…${characters.slice(1 - maxLength).join('')}` : characters.join('');
}

/** One word of a shell, quoted where it must be. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

export function count(n: number, noun: string): string {
  return `${whole.format(n)} ${n === 1 ? noun : plural(noun)}`;
}

function plural(noun: string): string {
  return noun.endsWith('s') ? `${noun}es` : `${noun}s`;
}

/** 1234.5 → `1,235`. */
export function integer(n: number): string {
  return whole.format(Math.round(n));
}

/** 0.97312 → `97.3%`. */
export function percent(share: number): string {
  return `${(share * 100).toFixed(1)}%`;
}

/** `0.8 s`, `42 s`, `3 min 20 s`, `1 h 05 min`. */
export function duration(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const total = Math.round(seconds);
  if (total < 60) return `${total} s`;
  if (total < 3600) return `${Math.floor(total / 60)} min ${total % 60} s`;
  const minutes = Math.round(total / 60);
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}

/** `512 B`, `1.4 MB`: steps of 1,000. */
export function byteSize(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length, Math.floor(Math.log10(bytes) / 3));
  return `${(bytes / 1000 ** power).toFixed(1)} ${units[power - 1]}`;
}

/** `2026-11-20 09:45` in the local time zone. */
export function localTime(iso: string): string {
  const date = new Date(iso);
  const two = (n: number) => String(n).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

export interface Column {
  readonly title: string;
  /** Default: left. Numbers belong to the right. */
  readonly align?: 'left' | 'right';
}

/** Aligned columns, two spaces apart; the first line holds the titles. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
  const lines = [columns.map((column) => column.title), ...rows];
  const widths = columns.map((_, i) => Math.max(...lines.map((line) => width(line[i]))));
  return lines.map((line) =>
    line
      .map((cell, i) => {
        const gap = ' '.repeat(widths[i] - width(cell));
        return columns[i].align === 'right' ? gap + cell : cell + gap;
      })
      .join('  ')
      .trimEnd(),
  );
}

/** Columns that a text takes in a terminal: East Asian and emoji characters take two, marks none. */
export function width(text: string): number {
  let columns = 0;
  for (const character of text) {
    if (/\p{M}/u.test(character)) continue;
    columns += /\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\uff00-\uff60]/u.test(
      character,
    )
      ? 2
      : 1;
  }
  return columns;
}
