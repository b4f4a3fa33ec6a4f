/** @file The studio's own icons: 16 units wide, drawn with one line width. They say nothing that the text beside them does not. */
import type { ComponentChildren } from 'preact';

const SHAPES = {
  data: (
    <>
      <rect x="2.5" y="4.5" width="11" height="9" rx="1.5" />
      <path d="M4.5 2.5h7M2.8 12l3-3 2.4 2.2L10.4 9l3 3" />
      <circle cx="6" cy="7" r=".6" />
    </>
  ),
  runs: <path d="M1.5 8.500h3l2-5.5 3 10 2-4.500h3" />,
  models: (
    <>
      <path d="M8 1.8 13.5 4.900v6.200L8 14.2 2.5 11.100V4.900z" />
      <path d="M2.7 5 8 8l5.3-3M8 8v6" />
    </>
  ),
  draw: (
    <path d="m9.8 3.6 2.6 2.600M2.5 13.500l.7-3.2 7.6-7.600a1.2 1.2 0 0 1 1.7 0l.8.8a1.2 1.2 0 0 1 0 1.700l-7.6 7.600z" />
  ),
  code: <path d="m5.5 4.5-3.5 3.5 3.5 3.500M10.5 4.500l3.5 3.5-3.5 3.5" />,
  sun: (
    <>
      <circle cx="8" cy="8" r="2.8" />
      <path d="M8 1.500v1.300M8 13.200v1.300M1.5 8h1.300M13.2 8h1.300M3.4 3.400l.9.9M11.7 11.700l.9.9M3.4 12.600l.9-.9M11.7 4.300l.9-.9" />
    </>
  ),
  moon: <path d="M13.5 9.700A5.8 5.8 0 0 1 6.3 2.500a5.8 5.8 0 1 0 7.2 7.200z" />,
  system: (
    <>
      <rect x="2" y="2.8" width="12" height="8.2" rx="1.5" />
      <path d="M5.8 13.500h4.400M8 11v2.5" />
    </>
  ),
  upload: <path d="M8 10.500v-8M4.8 5.5 8 2.300l3.2 3.200M2.5 10.500v2a1 1 0 0 0 1 1h9a1 1 0 0 0 1-1v-2" />,
  link: (
    <path d="M6.7 9.300a2.6 2.6 0 0 0 3.7 0l2.4-2.400a2.6 2.6 0 0 0-3.7-3.700l-.9.9M9.3 6.700a2.6 2.6 0 0 0-3.7 0L3.2 9.100a2.6 2.6 0 0 0 3.7 3.700l.9-.9" />
  ),
  check: <path d="m3 8.5 3.2 3.200L13 4.8" />,
  close: <path d="m4 4 8 8M12 4l-8 8" />,
  alert: (
    <>
      <path d="M8 2.3 14.3 13.200H1.700z" />
      <path d="M8 6.500v3.200M8 11.300v.2" />
    </>
  ),
  error: (
    <>
      <circle cx="8" cy="8" r="6" />
      <path d="M8 4.800v3.800M8 11v.2" />
    </>
  ),
  info: (
    <>
      <circle cx="8" cy="8" r="6" />
      <path d="M8 7.400v3.800M8 5v.2" />
    </>
  ),
  copy: (
    <>
      <rect x="5.5" y="5.5" width="8" height="8" rx="1.5" />
      <path d="M10.5 5.500v-2a1 1 0 0 0-1-1h-6a1 1 0 0 0-1 1v6a1 1 0 0 0 1 1h2" />
    </>
  ),
  trash: <path d="M2.5 4.500h11M6 4.500v-2h4v2M4 4.500l.6 9h6.800l.6-9M6.6 7v4M9.4 7v4" />,
  undo: <path d="M5.5 3 2.5 6l3 3M2.8 6h6.700a3.5 3.5 0 0 1 0 7H6" />,
  play: <path d="M4.5 2.800v10.400L13 8z" />,
  stop: <rect x="3.8" y="3.8" width="8.4" height="8.4" rx="1.2" />,
  next: <path d="M3 8h10M9 4l4 4-4 4" />,
  chevron: <path d="m6 4 4 4-4 4" />,
  camera: (
    <>
      <path d="M2 5.500a1 1 0 0 1 1-1h2l1.2-1.700h3.600L11 4.500h2a1 1 0 0 1 1 1v6.500a1 1 0 0 1-1 1H3a1 1 0 0 1-1-1z" />
      <circle cx="8" cy="8.5" r="2.3" />
    </>
  ),
  picture: (
    <>
      <rect x="2" y="2.5" width="12" height="11" rx="1.5" />
      <path d="m2.3 11.5 3.4-3.3 2.6 2.4 2-1.8 3.4 3.1" />
      <circle cx="10.5" cy="5.7" r=".9" />
    </>
  ),
  dot: <circle cx="8" cy="8" r="3" fill="currentColor" />,
  circle: <circle cx="8" cy="8" r="4.5" />,
} satisfies Record<string, ComponentChildren>;

export type IconName = keyof typeof SHAPES;

export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg
      class="icon"
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      stroke-width="1.4"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      {SHAPES[name]}
    </svg>
  );
}

/** The mark: a P of pixels with a stroke of paint under it. */
export function Mark({ size = 26 }: { size?: number }) {
  const pixels: [number, number, number][] = [
    [8, 7, 1],
    [13, 7, 1],
    [18, 7, 0.6],
    [8, 12, 1],
    [21, 12, 0.9],
    [8, 17, 1],
    [13, 17, 0.8],
    [18, 17, 0.4],
  ];
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect class="mark-ground" width="32" height="32" rx="8" />
      <g class="mark-pixels">
        {pixels.map(([x, y, opacity]) => (
          <rect key={`${x}-${y}`} x={x} y={y} width="4" height="4" rx="1" opacity={opacity} />
        ))}
      </g>
      <rect class="mark-paint" x="8" y="22" width="4" height="4" rx="1" />
    </svg>
  );
}
