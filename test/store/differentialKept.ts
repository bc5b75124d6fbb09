/** Histories that have found something once, each as short as it came to be; they are the first that every store is given. */
import type { Entry, Kind, Part, Step } from './differentialSteps.ts';

const send = (groups: string[], same = 0, delay = 0): Step => ({
  do: 'send',
  drafts: groups.map((group) => ({ group, same, delay })),
  maxLength: 0,
  perGroup: false,
});
const receive = (max: number, visibility: number, more: { attempt?: number; maxReceives?: number } = {}): Step => ({
  do: 'receive',
  max,
  visibility,
  inFlightLimit: 1000,
  attempt: 0,
  maxReceives: 0,
  ...more,
});
/** `which`: 0 is the last receipt. */
const settle = (...entries: [to: Entry['to'], which: number, of?: Entry['of']][]): Step => ({
  do: 'settle',
  entries: entries.map(([to, which, of = 'receipts']) => ({ to, which, of, visibility: 1 })),
});
const leave = (...which: number[]): Step => ({ do: 'leave', which, most: 10 });
const move = (...parts: Part['what'][]): Step => ({
  do: 'move',
  leaves: 0,
  most: 10,
  parts: parts.map((what) => ({ what, whose: 'these' })),
});
/** With what was found the time before. */
const lateMove = (...parts: Part['what'][]): Step => ({
  do: 'move',
  leaves: 0,
  most: 10,
  parts: parts.map((what) => ({ what, whose: 'before' })),
});
const tick = (seconds: number): Step => ({ do: 'tick', seconds });
const retention = (seconds: number): Step => ({ do: 'retention', seconds });
const sweep: Step = { do: 'sweep', slice: 3 };
const repeat = (which: number): Step => ({ do: 'repeat', which });
const look: Step = { do: 'look' };
const purge: Step = { do: 'purge', interval: 0 };
const restart: Step = { do: 'restart' };
const there = (step: Step): Step => ({ ...step, at: 1 });

const dead = { maxReceives: 1 };

/** On queues of any kind; `red` stands for a group of the kind, or for none. */
const anywhere = (red: string): Step[][] => [
  // A page that did not get on past what was removed and not yet on disk.
  [send([red, red, red]), settle(['gone', 2, 'sent']), look],
  // By number, from behind the first.
  [send([red, red]), leave(1), receive(10, 0), move('arrive', 'done')],
  [send([red, red, red]), leave(1), receive(10, 0), move('back'), receive(10, 0)],
  // Sent off and forgotten with the restart.
  [send([red]), leave(), restart, receive(10, 1), move('arrive', 'done')],
  [send([red]), leave(), there(restart), receive(10, 1)],
  // A dead letter that is received where it went, given back, and is one again there.
  [
    send([red]),
    receive(1, 0, dead),
    tick(1),
    receive(1, 0, dead),
    move('arrive', 'done'),
    tick(1),
    there(receive(1, 3)),
    there(settle(['back', 0])),
    there(look),
    tick(1),
    there(receive(1, 0, { maxReceives: 2 })),
    there(receive(1, 0, { maxReceives: 2 })),
    there(receive(1, 0, { maxReceives: 2 })),
    there(move('arrive', 'back')),
  ],
  // Left, came back and left again: the end of the first time is not that of the second.
  [send([red]), leave(), move('back'), leave(), lateMove('done'), look],
  // Seen by two; the one who saw less comes first.
  [send([red, red]), leave(), move('arrive'), move('arrive', 'done'), lateMove('arrive', 'done')],
];

const fifo: Step[][] = [
  // Answered anew as it was.
  [send(['red', 'red'], 1), repeat(0)],
  [send(['red'], 1), tick(300), send(['red'], 1), tick(240), send(['red'], 1), tick(60), send(['red'], 1)],
  // A removal that frees its group tells so, once.
  [send(['red', 'red']), receive(1, 3), settle(['gone', 0])],
  [send(['red', 'red', 'red']), receive(2, 3), settle(['back', 0], ['gone', 1])],
  // One in the middle that is hidden.
  [send(['red', 'red', 'red']), receive(3, 0), receive(3, 1), settle(['hidden', 1]), tick(1), receive(3, 1)],
  // What an attempt was given has expired, is known for five minutes, or was hidden anew.
  [send(['red']), receive(1, 4, { attempt: 1 }), retention(2), tick(2), receive(1, 4, { attempt: 1 })],
  [
    send(['red']),
    receive(1, 0, { attempt: 1 }),
    tick(60),
    receive(1, 0),
    tick(60),
    send(['red']),
    receive(1, 0, { attempt: 1 }),
  ],
  [send(['red']), receive(1, 3, { attempt: 1 }), tick(2), receive(1, 3, { attempt: 1 }), tick(2), receive(1, 1)],
  [send(['red']), receive(1, 3, { attempt: 1 }), settle(['hidden', 0]), receive(1, 3, { attempt: 1 })],
  // After a purge there is nothing to see in what was.
  [...Array<Step>(11).fill(send(Array<string>(10).fill('red'))), purge, send(['red']), tick(3), receive(1, 1)],
  // One that comes back to a group that nobody else is in.
  [send(['red']), leave(), move('back'), receive(1, 1)],
  // Nothing to sweep, though the delay is over and nobody has received.
  [send(['red']), tick(3), sweep, send(['red']), receive(1, 3), tick(1), sweep],
];

const fair: Step[][] = [
  // The oldest is not the next: its tenant has something touched.
  [retention(2), send(['blue']), send(['blue'], 0, 3), tick(1), send(['green']), sweep],
  // What came back stands at the beginning of the log, and hides what waits there from the lanes.
  [send(['', '']), leave(1), send(['', 'blue']), tick(1), move('back'), receive(10, 1)],
];

export function kept(kind: Kind): Step[][] {
  if (!kind.moves) return [];
  const all = anywhere(kind.groups.at(-1)!);
  if (kind.fifo) return [...all, ...fifo];
  return kind.groups.length > 1 ? [...all, ...fair] : all;
}
