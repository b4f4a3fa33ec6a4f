/** @file Follows what changes on a running server, over its own event stream. */

type Fields = Readonly<Record<string, unknown>> & { readonly id: string };

export interface Watch {
  /** The first state of a run or a dataset, now or later, that the test waits for. */
  until<T extends Fields>(kind: 'runs' | 'datasets', id: string, isIt: (record: T) => boolean): Promise<T>;
  close(): void;
}

export async function watchServer(url: string): Promise<Watch> {
  const abort = new AbortController();
  const lookers = new Set<() => void>();
  const { body } = await fetch(`${url}/api/v1/events`, { signal: abort.signal });
  const follow = async () => {
    const decoder = new TextDecoder();
    for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
      // Any change will do: each waiting test then looks for itself.
      if (decoder.decode(chunk, { stream: true }).includes('data:')) for (const look of [...lookers]) look();
    }
  };
  follow().catch(() => {});
  return {
    until: <T extends Fields>(kind: 'runs' | 'datasets', id: string, isIt: (record: T) => boolean) =>
      new Promise<T>((resolve, reject) => {
        const look = async () => {
          const record = (await (await fetch(`${url}/api/v1/${kind}/${id}`)).json()) as T;
          if (!isIt(record)) return;
          lookers.delete(tryLook);
          resolve(record);
        };
        const tryLook = () => void look().catch(reject);
        lookers.add(tryLook);
        tryLook();
      }),
    close: () => abort.abort(),
  };
}
