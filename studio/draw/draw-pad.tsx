/** @file The pad to draw on: mouse, pen and fingers. */
import type { Signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { Icon } from '../components/icons.tsx';
import type { Point, Stroke } from './ink.ts';
import { PAD_SIZE, PEN_WIDTH } from './normalise.ts';

/** Canvas pixels for each unit of the pad: sharp on dense screens. */
const DENSITY = 2;
/** Movements shorter than this, in pad units, add nothing. */
const SHORTEST = 0.75;

export function DrawPad(props: {
  strokes: Signal<readonly Stroke[]>;
  darkInk: boolean;
  /** Shown under the pad. */
  children?: ComponentChildren;
}) {
  const { strokes, darkInk } = props;
  const canvas = useRef<HTMLCanvasElement>(null);
  const pointer = useRef<number | null>(null);
  const drawn = strokes.value;

  useEffect(() => {
    if (canvas.current) paint(canvas.current, drawn, darkInk);
  }, [drawn, darkInk]);

  const onDown = (event: PointerEvent) => {
    if (pointer.current !== null || event.button !== 0) return;
    const target = event.currentTarget as HTMLCanvasElement;
    target.setPointerCapture(event.pointerId);
    pointer.current = event.pointerId;
    strokes.value = [...strokes.peek(), [pointOn(target, event)]];
  };
  const onMove = (event: PointerEvent) => {
    if (pointer.current !== event.pointerId) return;
    const target = event.currentTarget as HTMLCanvasElement;
    const before = strokes.peek();
    const stroke = [...(before.at(-1) ?? [])];
    const passed = event.getCoalescedEvents?.() ?? [];
    for (const each of passed.length > 0 ? passed : [event]) {
      const point = pointOn(target, each);
      const last = stroke.at(-1);
      if (!last || Math.hypot(point.x - last.x, point.y - last.y) >= SHORTEST) stroke.push(point);
    }
    strokes.value = before.with(-1, stroke);
  };
  const onUp = (event: PointerEvent) => {
    if (pointer.current === event.pointerId) pointer.current = null;
  };
  const undo = () => {
    strokes.value = strokes.peek().slice(0, -1);
  };
  const clear = () => {
    strokes.value = [];
  };

  return (
    <div class="pad">
      <div class={darkInk ? 'pad-frame pad-light' : 'pad-frame'}>
        <canvas
          ref={canvas}
          class="pad-canvas"
          data-testid="draw-canvas"
          width={PAD_SIZE * DENSITY}
          height={PAD_SIZE * DENSITY}
          role="img"
          aria-label={drawn.length === 0 ? 'Drawing pad, empty' : `Drawing pad with ${drawn.length} strokes`}
          onPointerDown={onDown}
          onPointerMove={onMove}
          onPointerUp={onUp}
          onPointerCancel={onUp}
        />
        {drawn.length === 0 && (
          <p class="pad-hint" aria-hidden="true">
            Draw here
          </p>
        )}
      </div>
      <div class="pad-buttons">
        <button
          type="button"
          class="button button-small"
          data-testid="draw-undo"
          disabled={drawn.length === 0}
          onClick={undo}
        >
          <Icon name="undo" size={14} />
          Undo
        </button>
        <button
          type="button"
          class="button button-small"
          data-testid="draw-clear"
          disabled={drawn.length === 0}
          onClick={clear}
        >
          <Icon name="close" size={14} />
          Clear
        </button>
      </div>
      {props.children}
    </div>
  );
}

function pointOn(canvas: HTMLCanvasElement, event: PointerEvent): Point {
  const box = canvas.getBoundingClientRect();
  return {
    x: ((event.clientX - box.left) / box.width) * PAD_SIZE,
    y: ((event.clientY - box.top) / box.height) * PAD_SIZE,
  };
}

function paint(canvas: HTMLCanvasElement, strokes: readonly Stroke[], darkInk: boolean): void {
  const context = canvas.getContext('2d');
  if (!context) return;
  context.setTransform(DENSITY, 0, 0, DENSITY, 0, 0);
  context.clearRect(0, 0, PAD_SIZE, PAD_SIZE);
  context.strokeStyle = darkInk ? '#000' : '#fff';
  context.lineWidth = PEN_WIDTH;
  context.lineCap = 'round';
  context.lineJoin = 'round';
  for (const stroke of strokes) {
    const [first] = stroke;
    if (!first) continue;
    context.beginPath();
    context.moveTo(first.x, first.y);
    // A line of no length still gets its round cap: a tap is a dot.
    for (const { x, y } of stroke) context.lineTo(x, y);
    context.stroke();
  }
}
