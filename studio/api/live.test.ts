import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { followLive, type LiveStatus } from './live.ts';

class FakeEventSource extends EventTarget {
  static readonly CLOSED = 2;
  static opened: FakeEventSource[] = [];
  readonly url: string;
  readyState = 0;
  onopen: (() => void) | null = null;
  onerror: (() => void) | null = null;

  constructor(url: string) {
    super();
    this.url = url;
    FakeEventSource.opened.push(this);
  }

  open(): void {
    this.readyState = 1;
    this.onopen?.();
  }

  fail(readyState: number): void {
    this.readyState = readyState;
    this.onerror?.();
  }

  send(name: string, data: string): void {
    this.dispatchEvent(new MessageEvent(name, { data }));
  }

  close(): void {
    this.readyState = 2;
  }
}

class FakeDocument extends EventTarget {
  hidden = false;
  show(visible: boolean): void {
    this.hidden = !visible;
    this.dispatchEvent(new Event('visibilitychange'));
  }
}

let page: FakeDocument;
let seen: unknown[];
let statuses: LiveStatus[];
let poll: ReturnType<typeof vi.fn<() => Promise<void>>>;
let close: () => void;

beforeEach(() => {
  vi.useFakeTimers();
  page = new FakeDocument();
  FakeEventSource.opened = [];
  vi.stubGlobal('document', page);
  vi.stubGlobal('EventSource', FakeEventSource);
  seen = [];
  statuses = [];
  poll = vi.fn(async () => undefined);
  close = followLive({
    url: '/events',
    events: { run: (data) => seen.push(data) },
    poll,
    onStatus: (status) => statuses.push(status),
  });
});

afterEach(() => {
  close();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const stream = (): FakeEventSource => FakeEventSource.opened.at(-1) as FakeEventSource;

describe('followLive', () => {
  it('hands over the data of events, and ignores what is no JSON', () => {
    stream().open();
    stream().send('run', '{"id":"a"}');
    stream().send('run', 'not json');
    stream().send('other', '{"id":"b"}');
    expect(seen).toEqual([{ id: 'a' }]);
    expect(statuses).toEqual(['connecting', 'live']);
  });

  it('polls while the connection is lost, and stops when it is back', async () => {
    stream().open();
    stream().fail(0);
    await vi.advanceTimersByTimeAsync(4100);
    expect(poll).toHaveBeenCalledTimes(3);
    expect(FakeEventSource.opened).toHaveLength(1);
    stream().open();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(poll).toHaveBeenCalledTimes(3);
    expect(statuses).toEqual(['connecting', 'live', 'polling', 'live']);
  });

  it('opens a new stream, ever more slowly, when the browser has given up', async () => {
    for (const wait of [1000, 2000, 4000, 8000, 15_000, 15_000]) {
      const before = FakeEventSource.opened.length;
      stream().fail(2);
      await vi.advanceTimersByTimeAsync(wait - 1);
      expect(FakeEventSource.opened).toHaveLength(before);
      await vi.advanceTimersByTimeAsync(1);
      expect(FakeEventSource.opened).toHaveLength(before + 1);
    }
    expect(poll.mock.calls.length).toBeGreaterThan(10);
  });

  it('goes on polling when a poll fails', async () => {
    poll.mockRejectedValue(new Error('down'));
    stream().fail(0);
    await vi.advanceTimersByTimeAsync(4100);
    expect(poll).toHaveBeenCalledTimes(3);
  });

  it('holds no stream while the page is hidden, and polls slowly', async () => {
    stream().open();
    page.show(false);
    await vi.advanceTimersByTimeAsync(9000);
    expect(stream().readyState).toBe(1);
    await vi.advanceTimersByTimeAsync(1100);
    expect(stream().readyState).toBe(2);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(poll).toHaveBeenCalledTimes(3);
    page.show(true);
    expect(FakeEventSource.opened).toHaveLength(2);
    stream().open();
    await vi.advanceTimersByTimeAsync(20_000);
    expect(poll).toHaveBeenCalledTimes(3);
  });

  it('keeps the stream when the page is hidden for a moment', async () => {
    stream().open();
    page.show(false);
    await vi.advanceTimersByTimeAsync(5000);
    page.show(true);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(FakeEventSource.opened).toHaveLength(1);
    expect(stream().readyState).toBe(1);
  });

  it('ends for good', async () => {
    stream().fail(2);
    close();
    poll.mockClear();
    page.show(false);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(poll).not.toHaveBeenCalled();
    expect(FakeEventSource.opened).toHaveLength(1);
  });
});
