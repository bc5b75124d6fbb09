/** The library that runs inside Redis: how it is made. What it does is the store suite's and the differential's business. */
import { describe, expect, it } from 'vitest';
import { compileLibrary, named } from '../../src/store/redis/build.ts';

describe('the library', () => {
  it('is the same bytes every time, and named by them', () => {
    const library = compileLibrary();
    expect(compileLibrary()).toBe(library);
    const [, name] = /^#!lua name=(fastqueue_[0-9a-f]{12})\n/.exec(library)!;
    expect(library).toContain(`"${name}_"`);
    expect(library).not.toContain('LIBRARY');
  });

  it('has another name when anything in it is another', () => {
    expect(named('local LIMIT = 100').split('\n')[0]).not.toBe(named('local LIMIT = 101').split('\n')[0]);
  });

  it('is not made of what the compiler warns of', () => {
    const file = 'test/lua/fixtures/warned.ts';
    expect(() => compileLibrary(file, [file])).toThrow(/warned\.ts.*Only false and nil/s);
  });

  it('is not made of what needs more than Redis has', () => {
    const file = 'test/lua/fixtures/denied.ts';
    expect(() => compileLibrary(file, [file])).toThrow('__TS__ is not allowed inside Redis');
  });
});
