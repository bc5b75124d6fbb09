/** One Redis Function that runs any transition: ARGV is its name, its arguments as a JSON list, and the time. */
import { counts } from '../../src/queue/counts.ts';
import type { Queue } from '../../src/queue/parts.ts';
import { purge } from '../../src/queue/purge.ts';
import { receive, type Wish } from '../../src/queue/receive.ts';
import { type Draft, type SendRules, send } from '../../src/queue/send.ts';
import { type Settlement, type SettleRules, settle } from '../../src/queue/settle.ts';
import { sweep } from '../../src/queue/sweep.ts';
import { open, save } from './redisParts.ts';

declare const redis: {
  register_function(this: void, name: string, callback: (this: void, keys: string[], values: string[]) => string): void;
};
/** Writes numbers with 14 digits; the test keeps to smaller ones, the store does without it. */
declare const cjson: {
  encode(this: void, value: unknown): string;
  decode(this: void, text: string): unknown;
};
declare function tonumber(this: void, text: string): number;

function run(queue: Queue, name: string, given: unknown, now: number): unknown {
  if (name === 'send') {
    const [drafts, rules] = given as [Draft[], SendRules];
    return send(queue, drafts, rules, now);
  }
  if (name === 'receive') {
    const [wish] = given as [Wish];
    return receive(queue, wish, now);
  }
  if (name === 'settle') {
    const [entries, rules] = given as [Settlement[], SettleRules];
    return settle(queue, entries, rules, now);
  }
  if (name === 'sweep') {
    const [slice, retentionMs] = given as [number, number];
    return sweep(queue, slice, retentionMs, now);
  }
  if (name === 'purge') {
    purge(queue, now);
    return true;
  }
  return counts(queue, now);
}

redis.register_function('fastqueue_transition', (keys, values) => {
  const id = keys[0] as string;
  const queue = open(id);
  const answer = run(queue, values[0] as string, cjson.decode(values[1] as string), tonumber(values[2] as string));
  save(id, queue);
  return cjson.encode(answer);
});
