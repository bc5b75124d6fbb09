import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readSettings, SettingError, settingRows } from '../../src/config.ts';

const rows = Object.values(settingRows) as { name: string; byDefault?: string; meaning: string }[];

describe('settings', () => {
  it('have the documented defaults', () => {
    expect(readSettings({})).toMatchObject({
      host: '127.0.0.1',
      ports: [9080],
      store: 'embedded',
      dataDir: './data',
      accountId: '000000000000',
      region: 'us-east-1',
      jwtAlgorithm: 'HS256',
      accessMinutes: 15,
      refreshMinutes: 10_080,
      visibilityTimeoutSeconds: 30,
      defaultUsername: 'admin',
      debug: false,
      profile: 'dev',
      registration: 'open',
      diskReserveMb: 256,
    });
  });

  it('are matched without regard to case', () => {
    expect(readSettings({ fastqueue_port: '1234', MAX_QUEUE_LENGTH: '7' })).toMatchObject({
      ports: [1234],
      maxQueueLength: 7,
    });
  });

  it('take a list of ports', () => {
    expect(readSettings({ FASTQUEUE_PORT: '9080, 4566,9324' }).ports).toEqual([9080, 4566, 9324]);
  });

  it.each([
    [{ FASTQUEUE_HOST: '0.0.0.0' }, 'production', 'closed'],
    [{ FASTQUEUE_HOST: '0.0.0.0', debug: 'true' }, 'dev', 'open'],
    [{ FASTQUEUE_HOST: '0.0.0.0', FASTQUEUE_PROFILE: 'dev' }, 'dev', 'open'],
    [{ FASTQUEUE_HOST: '::1' }, 'dev', 'open'],
    [{ FASTQUEUE_PROFILE: 'production' }, 'production', 'closed'],
    [{ FASTQUEUE_PROFILE: 'production', FASTQUEUE_REGISTRATION: 'open' }, 'production', 'open'],
  ])('%o runs in %s with registration %s', (env, profile, registration) => {
    expect(readSettings(env as Record<string, string>)).toMatchObject({ profile, registration });
  });

  it('an empty value is one that is not set', () => {
    expect(readSettings({ FASTQUEUE_PORT: '', FASTQUEUE_PUBLIC_URL: '' }).publicUrl).toBeUndefined();
  });

  it.each([
    ['FASTQUEUE_PORT', '99999', 'FASTQUEUE_PORT is "99999": it takes a port, or several separated by commas.'],
    ['FASTQUEUE_STORE', 'disk', 'FASTQUEUE_STORE is "disk": it takes `embedded`, `memory` or `redis`.'],
    ['FASTQUEUE_ACCOUNT_ID', '12', 'FASTQUEUE_ACCOUNT_ID is "12": it takes 12 digits.'],
    ['JWT_ALGORITHM', 'none', 'JWT_ALGORITHM is "none": it takes `HS256`, `HS384` or `HS512`.'],
    ['debug', 'perhaps', 'debug is "perhaps": it takes `true` or `false`.'],
    ['FASTQUEUE_PUBLIC_URL', 'example.org', 'FASTQUEUE_PUBLIC_URL is "example.org": it takes an http(s) URL.'],
    ['api_key', 'short', 'api_key is not usable: it takes a text of at least 8 characters.'],
  ])('%s=%s stops the start with one line', (name, value, line) => {
    expect(() => readSettings({ [name]: value })).toThrow(new SettingError(line));
  });

  it('are all in .env.example, with their defaults and nothing else', () => {
    const file = readFileSync('.env.example', 'utf8');
    const named = [...file.matchAll(/^#?\s*([A-Za-z_]+)=(.*)$/gm)].map(([, name, value]) => [name, value]);
    expect(named).toEqual(rows.map((row) => [row.name, row.byDefault ?? '']));
  });

  it('are all in the README, with their defaults and nothing else', () => {
    const table = readFileSync('README.md', 'utf8').split('## Settings')[1]!.split('\n## ')[0]!;
    const named = [...table.matchAll(/^\| `([A-Za-z_]+)` \| (.*?) \| (.*?) \|$/gm)].map(([, ...cells]) => cells);
    expect(named).toEqual(rows.map((row) => [row.name, row.byDefault ? `\`${row.byDefault}\`` : '–', row.meaning]));
  });
});
