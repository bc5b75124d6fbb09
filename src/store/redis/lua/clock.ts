declare const redis: {
  call(this: void, command: string): unknown;
};
declare function tonumber(this: void, text: string | undefined): number;

/** Redis' clock, milliseconds. */
export function clock(): number {
  const time = redis.call('TIME') as string[];
  return tonumber(time[0]) * 1000 + Math.floor(tonumber(time[1]) / 1000);
}
