/** @file A few digits, drawn with one pen. */
const DIGITS: readonly { digit: string; path: string }[] = [
  { digit: '4', path: 'M17 6C14 12 11 15 9 18h13M18 12l-1 12' },
  { digit: '0', path: 'M15 6c-5 1-7 6-6 11s5 7 8 5 5-7 4-11-3-6-7-5' },
  { digit: '7', path: 'M8 8c4 0 8 0 13-1-3 6-6 11-7 17M11 15h8' },
  { digit: '2', path: 'M9 10c1-5 9-6 10-1 1 4-6 9-11 13 4-2 8 0 13-1' },
  { digit: '9', path: 'M20 10c-2-5-9-4-10 0s5 6 9 2c1-1 1-3 1-3-1 5-1 9-3 14' },
];

export function SampleDigits() {
  return (
    <span class="sample-digits" aria-hidden="true">
      {DIGITS.map(({ digit, path }) => (
        <svg key={digit} viewBox="0 0 30 30" aria-hidden="true" focusable="false">
          <rect width="30" height="30" rx="5" />
          <path d={path} fill="none" stroke="#fff" stroke-width="2.6" stroke-linecap="round" stroke-linejoin="round" />
        </svg>
      ))}
    </span>
  );
}
