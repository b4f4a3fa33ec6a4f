import { describe, expect, it } from 'vitest';
import { localFetching } from './fetching.ts';

describe('localFetching', () => {
  it('lets local commands fetch from this machine, and from private networks only when told', () => {
    expect(localFetching({}, {})).toEqual({ urls: { allowLoopback: true, allowPrivate: false }, limits: {} });
    expect(localFetching({ allowPrivateUrls: true }, {}).urls.allowPrivate).toBe(true);
    expect(localFetching({}, { PICTOR_ALLOW_PRIVATE_URLS: '1' }).urls.allowPrivate).toBe(true);
    expect(localFetching({}, { PICTOR_ALLOW_PRIVATE_URLS: 'no' }).urls.allowPrivate).toBe(false);
  });

  it('reads the limit of downloads', () => {
    expect(localFetching({}, { PICTOR_MAX_DOWNLOAD_BYTES: '1000' }).limits).toEqual({ maxDownloadBytes: 1000 });
  });

  it.each([
    { PICTOR_ALLOW_PRIVATE_URLS: 'maybe' },
    { PICTOR_MAX_DOWNLOAD_BYTES: '-1' },
    { PICTOR_MAX_DOWNLOAD_BYTES: '4GB' },
  ])('refuses %j', (environment) => {
    expect(() => localFetching({}, environment)).toThrow(expect.objectContaining({ code: 'invalid_setting' }));
  });
});
