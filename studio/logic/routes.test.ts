import { describe, expect, it } from 'vitest';
import { pageAddress, parseRoute } from './routes.ts';

describe('parseRoute', () => {
  it.each([
    ['/', { page: 'start' }],
    ['/studio', { page: 'start' }],
    ['/studio/', { page: 'start' }],
    ['/studio/datasets', { page: 'start' }],
    ['/studio/datasets/d1', { page: 'dataset', id: 'd1' }],
    ['/studio/runs', { page: 'runs' }],
    ['/studio/runs/', { page: 'runs' }],
    ['/studio/runs/abc-1', { page: 'run', id: 'abc-1' }],
    ['/studio/models', { page: 'models' }],
    ['/studio/models/digits', { page: 'model', name: 'digits', version: null }],
    ['/studio/models/digits/12', { page: 'model', name: 'digits', version: 12 }],
    ['/studio/try', { page: 'try', name: null, version: null }],
    ['/studio/try/digits', { page: 'try', name: 'digits', version: null }],
    ['/studio/try/digits/3', { page: 'try', name: 'digits', version: 3 }],
    ['/studio/api', { page: 'api' }],
  ])('%s', (path, route) => {
    expect(parseRoute(path)).toEqual(route);
  });

  it.each([
    '/elsewhere',
    '/studio/nothing',
    '/studio/models/digits/latest',
    '/studio/models/digits/0',
    '/studio/models/digits/1/2',
    '/studio/runs/a/1',
    '/studio/api/x',
    '/studio/runs/%E0%A4%A',
  ])('%s is no page', (path) => {
    expect(parseRoute(path)).toEqual({ page: 'missing', path });
  });

  it('reads back every address that it writes', () => {
    const hostile = '<b>/a?b#c "é%';
    expect(parseRoute(pageAddress.dataset(hostile))).toEqual({ page: 'dataset', id: hostile });
    expect(parseRoute(pageAddress.run(hostile))).toEqual({ page: 'run', id: hostile });
    expect(parseRoute(pageAddress.model(hostile, 7))).toEqual({ page: 'model', name: hostile, version: 7 });
    expect(parseRoute(pageAddress.try(hostile))).toEqual({ page: 'try', name: hostile, version: null });
    expect(parseRoute(pageAddress.try())).toEqual({ page: 'try', name: null, version: null });
  });
});
