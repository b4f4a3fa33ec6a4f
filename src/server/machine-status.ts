/** @file Load, memory and processors of the machine, in the form of TFaaS' `GET /status`. */
import { readFileSync } from 'node:fs';
import os from 'node:os';

interface MemoryStatus {
  /** Bytes. */
  readonly total: number;
  readonly free: number;
  readonly used: number;
  readonly usedPercent: number;
}

export interface MachineStatus {
  /** Threads that run graphs, where TFaaS counts its goroutines. */
  readonly NGo: number;
  readonly Memory: { readonly Virtual: MemoryStatus; readonly Swap: MemoryStatus };
  readonly Load: { readonly load1: number; readonly load5: number; readonly load15: number };
  /** Percent that each processor was busy since it was asked before. */
  readonly CPU: readonly number[];
  /** Of this server, in seconds. */
  readonly Uptime: number;
  readonly getRequests: number;
  readonly postRequests: number;
}

export class MachineMeter {
  #before = os.cpus();

  read(threads: number, requests: { readonly get: number; readonly post: number }): MachineStatus {
    const [load1, load5, load15] = os.loadavg();
    return {
      NGo: threads,
      Memory: { Virtual: memory(os.totalmem(), os.freemem()), Swap: swap() },
      Load: { load1, load5, load15 },
      CPU: this.#busy(),
      Uptime: process.uptime(),
      getRequests: requests.get,
      postRequests: requests.post,
    };
  }

  #busy(): number[] {
    const before = this.#before;
    this.#before = os.cpus();
    return this.#before.map(({ times }, index) => {
      const then = before[index]?.times;
      const spent = (kind: keyof typeof times) => times[kind] - (then?.[kind] ?? 0);
      const total = (Object.keys(times) as (keyof typeof times)[]).reduce((sum, kind) => sum + spent(kind), 0);
      return total > 0 ? 100 * (1 - spent('idle') / total) : 0;
    });
  }
}

function memory(total: number, free: number): MemoryStatus {
  const used = total - free;
  return { total, free, used, usedPercent: total > 0 ? (100 * used) / total : 0 };
}

/** Linux tells it in a file; elsewhere it is not told. */
function swap(): MemoryStatus {
  try {
    const text = readFileSync('/proc/meminfo', 'utf8');
    const bytes = (name: string) => 1024 * Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0);
    return memory(bytes('SwapTotal'), bytes('SwapFree'));
  } catch {
    return memory(0, 0);
  }
}
