/**
 * @file Live data: server-sent events while somebody looks, polling when the stream is down or the page is hidden.
 * Hidden pages hold no stream, because browsers allow only six connections to a server over all tabs.
 */

export type LiveStatus = 'connecting' | 'live' | 'polling';

export interface LiveOptions {
  readonly url: string;
  /** What to do with the data of each kind of event. */
  readonly events: Readonly<Record<string, (data: unknown) => void>>;
  /** Fetches the same facts once. May reject; then it is tried again. */
  readonly poll: () => Promise<void>;
  readonly onStatus?: (status: LiveStatus) => void;
}

const POLL_MS = 2000;
const HIDDEN_POLL_MS = 5000;
/** Switching tabs for a moment keeps the stream. */
const HIDE_AFTER_MS = 10_000;
const FIRST_RETRY_MS = 1000;
const LAST_RETRY_MS = 15_000;

/** Follows a stream until the returned function is called. */
export function followLive(options: LiveOptions): () => void {
  const live = new LiveFollower(options);
  return () => live.close();
}

class LiveFollower {
  readonly #options: LiveOptions;
  #source: EventSource | null = null;
  #pollTimer: ReturnType<typeof setTimeout> | undefined;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  #hideTimer: ReturnType<typeof setTimeout> | undefined;
  #retryMs = FIRST_RETRY_MS;
  #closed = false;

  constructor(options: LiveOptions) {
    this.#options = options;
    document.addEventListener('visibilitychange', this.#onVisibility);
    this.#connect();
  }

  close(): void {
    this.#closed = true;
    document.removeEventListener('visibilitychange', this.#onVisibility);
    this.#disconnect();
    this.#stopPolling();
    clearTimeout(this.#hideTimer);
  }

  #connect(): void {
    this.#disconnect();
    this.#options.onStatus?.('connecting');
    const source = new EventSource(this.#options.url);
    this.#source = source;
    source.onopen = () => {
      this.#retryMs = FIRST_RETRY_MS;
      this.#stopPolling();
      this.#options.onStatus?.('live');
    };
    source.onerror = () => this.#onStreamError(source);
    for (const [name, handle] of Object.entries(this.#options.events)) {
      source.addEventListener(name, (event) => {
        const data = parse((event as MessageEvent<string>).data);
        if (data !== undefined) handle(data);
      });
    }
  }

  #onStreamError(source: EventSource): void {
    this.#startPolling(POLL_MS);
    // A browser reconnects by itself after a lost connection, but gives up when the server answers with an error.
    if (source.readyState !== EventSource.CLOSED) return;
    clearTimeout(this.#retryTimer);
    this.#retryTimer = setTimeout(() => this.#connect(), this.#retryMs);
    this.#retryMs = Math.min(LAST_RETRY_MS, this.#retryMs * 2);
  }

  #disconnect(): void {
    clearTimeout(this.#retryTimer);
    this.#source?.close();
    this.#source = null;
  }

  #startPolling(everyMs: number): void {
    if (this.#pollTimer !== undefined) return;
    this.#options.onStatus?.('polling');
    const next = async () => {
      await this.#options.poll().catch(() => undefined);
      if (this.#pollTimer !== undefined && !this.#closed) this.#pollTimer = setTimeout(next, everyMs);
    };
    this.#pollTimer = setTimeout(next, 0);
  }

  #stopPolling(): void {
    clearTimeout(this.#pollTimer);
    this.#pollTimer = undefined;
  }

  readonly #onVisibility = (): void => {
    clearTimeout(this.#hideTimer);
    if (document.hidden) {
      this.#hideTimer = setTimeout(() => {
        this.#disconnect();
        this.#stopPolling();
        this.#startPolling(HIDDEN_POLL_MS);
      }, HIDE_AFTER_MS);
    } else if (!this.#source) {
      this.#stopPolling();
      this.#connect();
    }
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
