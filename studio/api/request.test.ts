import { afterEach, describe, expect, it, vi } from 'vitest';
import { ApiError, describeError, request } from './request.ts';

function answer(status: number, text: string): ReturnType<typeof vi.fn> {
  const fake = vi.fn(async () => new Response(status === 204 ? null : text, { status }));
  vi.stubGlobal('fetch', fake);
  return fake;
}

afterEach(() => vi.unstubAllGlobals());

describe('request', () => {
  it('sends JSON and reads JSON', async () => {
    const fake = answer(202, '{"id":"r1"}');
    await expect(request('POST', '/runs', { json: { name: 'a' } })).resolves.toEqual({ id: 'r1' });
    expect(fake).toHaveBeenCalledWith('/api/v1/runs', {
      method: 'POST',
      headers: { accept: 'application/json', 'content-type': 'application/json' },
      body: '{"name":"a"}',
    });
  });

  it('sends pictures with their own type, and all else as bytes', async () => {
    const fake = answer(200, '{}');
    await request('POST', '/x', { body: new Blob(['a'], { type: 'image/png' }) });
    await request('POST', '/x', { body: new Blob(['a']) });
    await request('POST', '/x', { body: new Blob(['{}'], { type: 'application/json' }) });
    const types = fake.mock.calls.map((call) => call[1].headers['content-type']);
    expect(types).toEqual(['image/png', 'application/octet-stream', 'application/octet-stream']);
  });

  it('accepts an answer without a body', async () => {
    answer(204, '');
    await expect(request('DELETE', '/runs/a')).resolves.toBeUndefined();
  });

  it('throws what the server says, with the fix', async () => {
    answer(404, '{"error":{"code":"run_not_found","message":"There is no run a.","fix":"List the runs."}}');
    const error = await request('GET', '/runs/a').catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ status: 404, code: 'run_not_found', fix: 'List the runs.' });
    expect(describeError(error)).toEqual({
      code: 'run_not_found',
      message: 'There is no run a.',
      fix: 'List the runs.',
    });
  });

  it.each([
    [502, '<html>Bad gateway</html>'],
    [500, '{"statusCode":500}'],
    [200, '<html>'],
    [503, ''],
  ])('has words for answers that are not from Pictor (%d %s)', async (status, text) => {
    answer(status, text);
    await expect(request('GET', '/runs')).rejects.toMatchObject({ status, code: 'unexpected_answer' });
  });

  it('has words for no answer', async () => {
    vi.stubGlobal('fetch', async () => {
      throw new TypeError('Failed to fetch');
    });
    await expect(request('GET', '/runs')).rejects.toMatchObject({ status: 0, code: 'unreachable' });
  });

  it('lets an abort through as it is', async () => {
    vi.stubGlobal('fetch', async (_url: string, init: RequestInit) => {
      init.signal?.throwIfAborted();
    });
    const controller = new AbortController();
    controller.abort();
    await expect(request('GET', '/runs', { signal: controller.signal })).rejects.toMatchObject({ name: 'AbortError' });
  });
});
