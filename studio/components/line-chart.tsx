/** @file A line chart that grows while it is looked at. It always stands beside a table with the same numbers. */
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { colourChange, resolveColour } from '../state/theme.ts';

export interface ChartLine {
  readonly label: string;
  /** Custom property that holds the colour. */
  readonly colour: string;
  readonly style: 'thin' | 'points' | 'dashed';
}

export interface LineChartProps {
  /** What the chart shows, in a sentence. */
  readonly summary: string;
  readonly lines: readonly ChartLine[];
  /** Ascending x values, then one column for each line. */
  readonly columns: readonly (readonly (number | null)[])[];
  /** Right end of the x axis. */
  readonly maxX: number;
  /** Smallest range of the y axis. */
  readonly rangeY: (min: number, max: number) => [number, number];
  readonly formatY: (value: number) => string;
  readonly formatX: (value: number) => string;
}

const HEIGHT = 210;

export function LineChart(props: LineChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const readout = useRef<HTMLParagraphElement>(null);
  const chart = useRef<uPlot | null>(null);
  const latest = useRef(props);
  latest.current = props;
  const colours = colourChange.value;

  useEffect(() => {
    const parent = box.current;
    if (!parent) return;
    const plot = new uPlot(
      optionsFor(parent, latest, (text) => {
        if (readout.current) readout.current.textContent = text;
      }),
      latest.current.columns as unknown as uPlot.AlignedData,
      parent,
    );
    chart.current = plot;
    const watcher = new ResizeObserver(() =>
      plot.setSize({ width: Math.max(160, parent.clientWidth), height: HEIGHT }),
    );
    watcher.observe(parent);
    return () => {
      watcher.disconnect();
      plot.destroy();
      chart.current = null;
    };
  }, [colours]);

  useEffect(() => {
    chart.current?.setData(props.columns as unknown as uPlot.AlignedData);
  }, [props.columns, props.maxX]);

  return (
    <div class="chart">
      <div class="chart-legend" aria-hidden="true">
        {props.lines.map((line) => (
          <span key={line.label} class={`legend legend-${line.style}`}>
            <span class="legend-line" style={{ '--colour': `var(${line.colour})` }} />
            {line.label}
          </span>
        ))}
        <p class="chart-readout" ref={readout} />
      </div>
      <div class="chart-box" ref={box} role="img" aria-label={props.summary} />
    </div>
  );
}

function optionsFor(
  parent: HTMLElement,
  latest: { current: LineChartProps },
  showValues: (text: string) => void,
): uPlot.Options {
  const text = resolveColour(parent, '--text-3');
  const grid = { stroke: resolveColour(parent, '--grid'), width: 1 };
  const font = `11px ${getComputedStyle(parent).fontFamily}`;
  const axis = { stroke: text, font, ticks: { show: false }, grid };
  return {
    width: Math.max(160, parent.clientWidth),
    height: HEIGHT,
    padding: [8, 8, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 } },
    scales: {
      x: { time: false, range: () => [0, latest.current.maxX] },
      y: { range: (_, min, max) => latest.current.rangeY(min ?? 0, max ?? 1) },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        size: 26,
        incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500],
        values: (_, splits) => splits.map((value) => (Number.isInteger(value) ? String(value) : '')),
      },
      { ...axis, size: 52, space: 36, values: (_, splits) => splits.map((value) => latest.current.formatY(value)) },
    ],
    series: [{}, ...latest.current.lines.map((line) => seriesFor(parent, line))],
    hooks: { setCursor: [(plot) => showValues(valuesAt(plot, latest.current))] },
  };
}

function seriesFor(parent: HTMLElement, line: ChartLine): uPlot.Series {
  const stroke = resolveColour(parent, line.colour);
  const surface = resolveColour(parent, '--surface');
  if (line.style === 'thin') return { label: line.label, stroke, width: 1.25, points: { show: false } };
  return {
    label: line.label,
    stroke,
    width: 2,
    spanGaps: true,
    ...(line.style === 'dashed' ? { dash: [5, 4] } : {}),
    points: { show: true, size: 6, width: 2, stroke, fill: surface },
  };
}

/** The numbers under the pointer, as text. */
function valuesAt(plot: uPlot, props: LineChartProps): string {
  const at = plot.cursor.idx;
  if (at === null || at === undefined || (plot.cursor.left ?? -1) < 0) return '';
  const parts = props.lines.flatMap((line, i) => {
    const value = props.columns[i + 1]?.[at];
    return value === null || value === undefined ? [] : [`${line.label} ${props.formatY(value)}`];
  });
  const x = props.columns[0]?.[at];
  return x === undefined || x === null || parts.length === 0 ? '' : `${props.formatX(x)}: ${parts.join(', ')}`;
}
