/** @file Writes one digit: picks a habit, lets the hand tremble, slant and stretch, and gives the path of the pen. */
import type { RandomGenerator } from '../../contracts/index.ts';
import { DIGIT_HABITS, type Habit, type Run } from './strokes.ts';

/** Lines of the pen, in pixels of the picture. */
export interface PenPath {
  /** Polylines; numbers alternate x, y. */
  readonly lines: readonly Float64Array[];
  /** Half the width of the line. */
  readonly radius: number;
  /** Width of the soft edge. */
  readonly softness: number;
}

/** As MNIST: the digit fills a box of 20x20 pixels, and its centre of mass lies in the middle of 28x28. */
const BOX = 20;
const MIDDLE = 14;
const POINTS_PER_CURVE = 6;

export function writeDigit(digit: number, random: RandomGenerator): PenPath {
  const habit = chooseHabit(DIGIT_HABITS[digit], random);
  const lines = trimEnds(smoothLines(tremble(habit.runs, random)), habit.runs, random);
  warp(lines, random);
  slant(lines, habit.aspect, random);
  const radius = penRadius(random);
  fitIntoBox(lines, radius);
  return { lines, radius, softness: random.nextBetween(0.8, 1.4) };
}

function chooseHabit(habits: readonly Habit[], random: RandomGenerator): Habit {
  let left = random.nextFloat() * habits.reduce((sum, { weight }) => sum + weight, 0);
  for (const habit of habits) {
    left -= habit.weight;
    if (left < 0) return habit;
  }
  return habits[0];
}

/** Most people press a medium line; thin and thick ones are rarer. */
function penRadius(random: RandomGenerator): number {
  return 0.6 + 1.8 * random.nextFloat() * random.nextFloat() + 0.5 * random.nextFloat();
}

/** Moves every point of the pen a little; points that are one stay one. */
function tremble(runs: readonly Run[], random: RandomGenerator): number[][] {
  const amount = random.nextBetween(0.01, 0.06);
  const moved = new Map<string, readonly [number, number]>();
  return runs.map((run) => {
    const out: number[] = [];
    for (let i = 0; i < run.length; i += 2) {
      const key = `${run[i]} ${run[i + 1]}`;
      let shift = moved.get(key);
      if (!shift) {
        shift = [random.nextNormal() * amount, random.nextNormal() * amount];
        moved.set(key, shift);
      }
      out.push(run[i] + shift[0], run[i + 1] + shift[1]);
    }
    return out;
  });
}

/** Catmull-Rom curves through the points. */
function smoothLines(runs: readonly (readonly number[])[]): Float64Array[] {
  return runs.map((run) => {
    const count = run.length / 2;
    const steps = POINTS_PER_CURVE;
    const line = new Float64Array(2 * ((count - 1) * steps + 1));
    const at = (i: number, axis: number) => run[2 * Math.min(Math.max(i, 0), count - 1) + axis];
    for (let i = 0, out = 0; i < count - 1; i++) {
      const last = i === count - 2 ? steps : steps - 1;
      for (let step = 0; step <= last; step++) {
        const t = step / steps;
        for (let axis = 0; axis < 2; axis++) {
          const [a, b, c, d] = [at(i - 1, axis), at(i, axis), at(i + 1, axis), at(i + 2, axis)];
          line[out++] = b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)));
        }
      }
    }
    return line;
  });
}

/** Strokes start late and end early; where two runs meet nothing is cut. */
function trimEnds(lines: Float64Array[], runs: readonly Run[], random: RandomGenerator): Float64Array[] {
  const meets = (run: Run | undefined, x: number, y: number) => run?.[0] === x && run[1] === y;
  const cut = () => 2 * Math.floor(POINTS_PER_CURVE * random.nextFloat() * random.nextFloat());
  return lines.map((line, i) => {
    const run = runs[i];
    if (run.length <= 4) return line;
    const before = runs[i - 1];
    const startsFree = before?.at(-2) !== run[0] || before.at(-1) !== run[1];
    const endsFree = !meets(runs[i + 1], run[run.length - 2], run[run.length - 1]);
    const [start, end] = [cut(), cut()];
    return line.subarray(startsFree ? start : 0, line.length - (endsFree ? end : 0));
  });
}

/** A smooth random field over the whole digit: hands bend long strokes, not single points. */
function warp(lines: readonly Float64Array[], random: RandomGenerator): void {
  const waves = Array.from({ length: 3 }, () => ({
    x: random.nextNormal() * 3,
    y: random.nextNormal() * 3,
    phase: random.nextFloat() * 2 * Math.PI,
    dx: random.nextNormal() * 0.042,
    dy: random.nextNormal() * 0.042,
  }));
  // Upper and lower halves differ in height and width from hand to hand.
  const belly = random.nextNormal() * 0.35;
  const taper = random.nextNormal() * 0.25;
  for (const line of lines) {
    for (let i = 0; i < line.length; i += 2) {
      const [x, y] = [line[i], line[i + 1]];
      line[i] += (x - 0.5) * taper * (2 * y - 1);
      line[i + 1] += belly * y * (1 - y);
      for (const wave of waves) {
        const height = Math.sin(wave.x * x + wave.y * y + wave.phase);
        line[i] += wave.dx * height;
        line[i + 1] += wave.dy * height;
      }
    }
  }
}

function slant(
  lines: readonly Float64Array[],
  [narrow, wide]: readonly [number, number],
  random: RandomGenerator,
): void {
  const width = random.nextBetween(narrow, wide);
  // Right-handed people lean to the right.
  const shear = random.nextNormal() * 0.25 + 0.15;
  const angle = random.nextNormal() * 0.15;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  for (const line of lines) {
    for (let i = 0; i < line.length; i += 2) {
      const y = line[i + 1] - 0.5;
      const x = (line[i] - 0.5) * width - y * shear;
      line[i] = cos * x - sin * y;
      line[i + 1] = sin * x + cos * y;
    }
  }
}

/** Scales the digit into the box and puts its centre of mass into the middle. */
function fitIntoBox(lines: readonly Float64Array[], radius: number): void {
  let [minX, maxX, minY, maxY] = [Infinity, -Infinity, Infinity, -Infinity];
  let [mass, massX, massY] = [0, 0, 0];
  for (const line of lines) {
    for (let i = 0; i < line.length; i += 2) {
      minX = Math.min(minX, line[i]);
      maxX = Math.max(maxX, line[i]);
      minY = Math.min(minY, line[i + 1]);
      maxY = Math.max(maxY, line[i + 1]);
      if (i === 0) continue;
      const length = Math.hypot(line[i] - line[i - 2], line[i + 1] - line[i - 1]);
      mass += length;
      massX += (length * (line[i] + line[i - 2])) / 2;
      massY += (length * (line[i + 1] + line[i - 1])) / 2;
    }
  }
  const scale = (BOX - 0.5 - 2 * radius) / Math.max(maxX - minX, maxY - minY, 1e-6);
  const [centreX, centreY] = [massX / mass, massY / mass];
  for (const line of lines) {
    for (let i = 0; i < line.length; i += 2) {
      line[i] = MIDDLE + (line[i] - centreX) * scale;
      line[i + 1] = MIDDLE + (line[i + 1] - centreY) * scale;
    }
  }
}
