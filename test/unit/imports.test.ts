/** Who may import whom (README, Architecture): every relative import of the program, read from the sources. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';

/** A folder or file, and the places it may import from; the longest matching place counts. `index` may import all. */
const ALLOWED: Record<string, string[]> = {
  'src/queue': [],
  'src/model': ['src/queue', 'src/contract/limits.ts'],
  'src/contract': ['src/model'],
  compat: ['src/contract', 'src/model'],
  'src/store/store.ts': ['src/model', 'src/queue'],
  'src/store/embedded': ['src/store/store.ts', 'src/model', 'src/queue'],
  'src/store/redis': ['src/store/store.ts', 'src/model', 'src/queue'],
  'src/store/copy': ['src/store', 'src/model', 'src/queue', 'src/config.ts'],
  'src/log.ts': [],
  'src/config.ts': [],
  'src/engine': ['src/store/store.ts', 'src/model', 'src/queue', 'src/log.ts'],
  'src/actions': ['src/contract', 'src/model', 'src/engine', 'src/queue', 'src/store/store.ts'],
  'src/auth': ['src/contract', 'src/model', 'src/store/store.ts', 'src/actions/context.ts'],
  'src/dispatch.ts': ['src/actions', 'src/contract', 'src/model', 'src/engine', 'src/store/store.ts', 'src/log.ts'],
  'src/rest': [
    'src/contract',
    'src/model',
    'src/queue',
    'src/auth',
    'src/actions',
    'src/dispatch.ts',
    'src/engine',
    'src/store/store.ts',
    'src/log.ts',
  ],
  'src/http': ['src/contract', 'src/model', 'src/dispatch.ts', 'src/engine', 'src/log.ts'],
  'src/index.ts': ['src', 'compat'],
  'src/main.ts': ['src'],
};

const sources = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file))
    .map((file) => join(folder, file));

const importsOf = (file: string): string[] =>
  [...readFileSync(file, 'utf8').matchAll(/^(?:import|export)[^'"]*?from '(\.[^']+)'/gms)].map((match) =>
    normalize(join(dirname(file), match[1]!)),
  );

const within = (file: string, place: string) => file === place || file.startsWith(`${place}/`);
const placeOf = (file: string) =>
  Object.keys(ALLOWED)
    .filter((place) => within(file, place))
    .sort((a, b) => b.length - a.length)[0];

const files = [...sources('src'), ...sources('compat')];

describe('imports', () => {
  it('every file has a place in the table', () => {
    expect(files.filter((file) => placeOf(file) === undefined)).toEqual([]);
  });

  it('go only where the architecture allows', () => {
    const wrong = files.flatMap((file) => {
      const place = placeOf(file)!;
      return importsOf(file)
        .filter((to) => !within(to, place) && !ALLOWED[place]!.some((allowed) => within(to, allowed)))
        .map((to) => `${file} → ${to}`);
    });
    expect(wrong).toEqual([]);
  });

  it('make no circle', () => {
    const edges = new Map(files.map((file) => [file, importsOf(file)]));
    const done = new Set<string>();
    const circleFrom = (file: string, path: string[]): string[] | undefined => {
      if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
      if (done.has(file)) return undefined;
      for (const to of edges.get(file) ?? []) {
        const circle = circleFrom(to, [...path, file]);
        if (circle) return circle;
      }
      done.add(file);
      return undefined;
    };
    expect(files.map((file) => circleFrom(file, [])).filter(Boolean)).toEqual([]);
  });
});
