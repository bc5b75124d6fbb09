/** What the differential draws: kinds of queues, and the steps of a history. */
import fc from 'fast-check';
import type { Settlement } from '../../src/queue/settle.ts';

export interface Kind {
  name: string;
  fifo: boolean;
  groups: string[];
  /** Seconds: of messages on a standard queue, of the queue on a FIFO queue, which begins with the first of them. */
  delays: number[];
  /** There is a second queue, and messages go from one to the other. */
  moves: boolean;
}

const GROUPS = ['red', 'blue', 'green', 'gray'];

/** A standard queue by itself. */
const ALONE: Kind = { name: 'a standard queue', fifo: false, groups: [''], delays: [0, 1, 2, 3], moves: false };
export const KINDS: Kind[] = [
  { ...ALONE, name: 'standard queues', moves: true },
  { ...ALONE, name: 'standard queues with groups', groups: ['', ...GROUPS.slice(1)], moves: true },
  { name: 'FIFO queues', fifo: true, groups: GROUPS, delays: [0], moves: true },
  { name: 'FIFO queues with a delay', fifo: true, groups: GROUPS, delays: [2, 0, 1, 3], moves: true },
];

/** `which` picks among the receipts, or the sent messages, that there are. */
export interface Entry extends Pick<Settlement, 'to'> {
  of: 'receipts' | 'sent';
  which: number;
  visibility: number;
}

export interface Sending {
  group: string;
  /** Deduplication ids 1 to 3 are sent again and again; 0 stands for a new one. */
  same: number;
  delay: number;
}

/** A part of a move, for the departures that were read last or the time before. */
export interface Part {
  what: 'arrive' | 'done' | 'back' | 'mixed';
  whose: 'these' | 'before';
}

type Act =
  | { do: 'send'; drafts: Sending[]; maxLength: number; perGroup: boolean }
  | { do: 'receive'; max: number; visibility: number; inFlightLimit: number; attempt: number; maxReceives: number }
  | { do: 'settle'; entries: Entry[] }
  | { do: 'leave'; which: number[]; most: number }
  | { do: 'move'; leaves: number; most: number; parts: Part[] }
  | { do: 'retention'; seconds: number }
  | { do: 'tick'; seconds: number }
  | { do: 'sweep'; slice: number }
  | { do: 'repeat'; which: number }
  | { do: 'purge'; interval: number }
  | { do: 'change'; delay: number }
  | { do: 'look' | 'stale' | 'restart' };

/** `at`: on which of the two queues. */
export type Step = Act & { at?: number };

const upTo = (max: number) => fc.nat({ max });
const mostly = <T>(usual: T, ...others: T[]) => fc.constantFrom(...Array<T>(8).fill(usual), ...others);
const always = <T extends string>(value: T) => fc.constant(value);

const entry: fc.Arbitrary<Entry> = fc.record({
  of: fc.constantFrom('receipts', 'receipts', 'receipts', 'sent'),
  which: upTo(50),
  to: fc.constantFrom('gone', 'gone', 'hidden', 'back'),
  visibility: fc.constantFrom(0, 0, 1, 2, 4, 6),
});

/** The first group of a kind is busier than the others. */
const sendingOf = ({ fifo, groups, delays }: Kind): fc.Arbitrary<Sending> =>
  fc.record({
    group: fc.constantFrom(...groups, ...groups.slice(0, 2), groups[0]!),
    same: fifo ? mostly(0, 1, 2, 3) : fc.constant(0),
    delay: fifo ? fc.constant(0) : mostly(0, ...delays),
  });

const part: fc.Arbitrary<Part> = fc.record({
  what: fc.constantFrom('arrive', 'done', 'back', 'mixed'),
  whose: fc.constantFrom('these', 'these', 'before'),
});
/** As it should be. */
const wholeMove: Part[] = [
  { what: 'arrive', whose: 'these' },
  { what: 'done', whose: 'these' },
];

const moves: fc.WeightedArbitrary<Act>[] = [
  {
    weight: 2,
    arbitrary: fc.record({
      do: always('leave'),
      which: fc.oneof(fc.constant<number[]>([]), fc.array(upTo(50), { minLength: 1, maxLength: 4 })),
      most: fc.integer({ min: 1, max: 10 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: always('move'),
      leaves: fc.constantFrom(0, 0, 1, 3),
      most: mostly(10, 1, 3),
      parts: fc.oneof(fc.constant(wholeMove), fc.array(part, { maxLength: 4 })),
    }),
  },
];

const actOf = (kind: Kind): fc.Arbitrary<Act> =>
  fc.oneof<fc.WeightedArbitrary<Act>[]>(
    {
      weight: 6,
      arbitrary: fc.record({
        do: always('send'),
        drafts: fc.array(sendingOf(kind), { minLength: 1, maxLength: 10 }),
        maxLength: mostly(0, 12),
        perGroup: mostly(false, true),
      }),
    },
    {
      weight: 8,
      arbitrary: fc.record({
        do: always('receive'),
        max: fc.integer({ min: 1, max: 10 }),
        visibility: upTo(4),
        inFlightLimit: mostly(1000, 5),
        attempt: kind.fifo ? fc.constantFrom(0, 0, 0, 1, 1, 2) : fc.constant(0),
        maxReceives: kind.moves ? fc.constantFrom(0, 0, 1, 2, 3) : fc.constant(0),
      }),
    },
    {
      weight: 8,
      arbitrary: fc.record({ do: always('settle'), entries: fc.array(entry, { minLength: 1, maxLength: 4 }) }),
    },
    // Now and then past what is remembered: requests for 60 s, deduplication and attempt ids for 300.
    { weight: 6, arbitrary: fc.record({ do: always('tick'), seconds: mostly(1, 2, 3, 1, 2, 3, 60, 240, 300) }) },
    { weight: 2, arbitrary: fc.record({ do: always('sweep'), slice: fc.constantFrom(1, 3, 100) }) },
    {
      weight: 1,
      arbitrary: fc.record({ do: always('retention'), seconds: fc.constantFrom(2, 4, 8, 1_000_000) }),
    },
    { weight: 2, arbitrary: fc.record({ do: always('repeat'), which: upTo(4) }) },
    { weight: 1, arbitrary: fc.record({ do: always('purge'), interval: fc.constantFrom(0, 0, 4) }) },
    { weight: 1, arbitrary: fc.record({ do: always('change'), delay: fc.constantFrom(...kind.delays) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('look', 'stale', 'restart', 'restart') }) },
    ...(kind.moves ? moves : []),
  );

/** Up to 60 steps; a store that cannot restart passes over `restart`. */
export const stepsOf = (kind: Kind): fc.Arbitrary<Step[]> =>
  fc.array(
    fc.tuple(actOf(kind), kind.moves ? fc.constantFrom(0, 0, 1) : fc.constant(0)).map(([act, at]) => ({ ...act, at })),
    { minLength: 1, maxLength: 60, size: 'max' },
  );

/** For a standard queue by itself. */
export const steps: fc.Arbitrary<Step[]> = stepsOf(ALONE);
export const alone = ALONE;
