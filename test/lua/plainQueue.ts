/** The parts once more, in plain memory: what Redis is compared with. */
import { newMeta } from '../../src/queue/enter.ts';
import type { Body, Message, OrderedSet, Queue, State } from '../../src/queue/parts.ts';

function orderedSet(): OrderedSet & { clear(): void } {
  const scores = new Map<number, number>();
  const sorted = () => [...scores].sort(([a, s], [b, t]) => s - t || a - b);
  return {
    add: (member, score) => void scores.set(member, score),
    remove: (member) => void scores.delete(member),
    first: (upTo) => sorted().find(([, score]) => score <= upTo)?.[0],
    nextScore: (after) => sorted().find(([, score]) => score > after)?.[1],
    countUpTo: (upTo) => sorted().filter(([, score]) => score <= upTo).length,
    size: () => scores.size,
    clear: () => scores.clear(),
  };
}

/** A queue of version 1 with nothing in it; `signals` counts its `ready`. */
export function plainQueue(): Queue & { signals: number } {
  const messages = new Map<number, { message: Message; body: Body }>();
  const states = new Map<number, State>();
  const inFlight = orderedSet();
  const delayed = orderedSet();
  return {
    signals: 0,
    meta: newMeta(1, 0),
    messages: {
      get: (number) => messages.get(number)?.message,
      body: (number) => messages.get(number)?.body ?? '',
      add: (number, message, body) => void messages.set(number, { message: { ...message }, body }),
      remove: (number) => void messages.delete(number),
    },
    states: {
      // Copies, as a store that packs rows gives them.
      get: (number) => (states.has(number) ? { ...(states.get(number) as State) } : undefined),
      set: (number, state) => void states.set(number, { ...state }),
      remove: (number) => void states.delete(number),
    },
    inFlight,
    delayed,
    renew() {
      for (const part of [messages, states, inFlight, delayed]) part.clear();
    },
    discard: () => false,
    ready() {
      this.signals += 1;
    },
  };
}
