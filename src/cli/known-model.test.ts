import { describe, expect, it } from 'vitest';
import { checkModel, nearModel } from './known-model.ts';

const models = [{ name: 'digits' }, { name: 'pets' }];
const place = (there: typeof models) => ({
  dataDirectory: '/data',
  registry: { list: async () => there, versions: async () => [12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2] },
});

describe('a model that a command line names', () => {
  it('is there, also by its version', async () => {
    await checkModel(place(models), { name: 'digits', version: undefined });
    await checkModel(place(models), { name: 'digits', version: 2 });
  });

  it.each([
    ['dgits', undefined, models, 'There is no model "dgits".', 'Did you mean digits? `pictor models` lists all.'],
    ['xxxxxxxx', 1, models, 'There is no model "xxxxxxxx".', 'List the models with `pictor models`.'],
    ['digits', undefined, [], '/data has none yet', '`pictor train sample:digits --name digits`'],
    ['digits', 1, models, 'has no version 1.', 'Its versions: 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, and 1 older.'],
  ])('is not: %s:%s', async (name, version, there, message, fix) => {
    await expect(checkModel(place(there), { name, version })).rejects.toMatchObject({
      message: expect.stringContaining(message),
      fix: expect.stringContaining(fix),
    });
  });

  it('is asked about by any text', () => {
    expect(nearModel('./x.keras', models)).toBe('List the models with `pictor models`.');
    expect(nearModel('digit', models)).toContain('digits?');
  });
});
