/**
 * A queue of the naive reference: one array of messages, filtered and sorted on every call. Here is what standard and FIFO
 * queues have in common; who comes next is said in modelStandard.ts and modelFifo.ts.
 */
import type { QueueRecord } from '../../src/model/queue.ts';
import type { Counts } from '../../src/queue/counts.ts';
import type { Arrival, Conclusion, Departures, Leaving, Left } from '../../src/queue/moves.ts';
import type { Body, Departure, Event, Message } from '../../src/queue/parts.ts';
import type { Page, PageWish, Seat } from '../../src/queue/read.ts';
import type { Draft, SendRules, Sent } from '../../src/queue/send.ts';
import type { Settled, Settlement, SettleRules } from '../../src/queue/settle.ts';
import type { SweepRules, Swept } from '../../src/queue/sweep.ts';
import type { Received, Wish } from '../../src/queue/wish.ts';
import {
  byNumber,
  deliver,
  deliveryOf,
  type Held,
  hasExpired,
  hide,
  isDeadLetter,
  isSideLog,
  NEVER,
  SIDE_LOG,
  undo,
  untouched,
  without,
} from './modelHeld.ts';

/** What a receive was answered. */
interface Answer {
  at: number;
  epoch: number;
  generation: number;
  due: number;
  taken: Held[];
}

const MINUTE = 60_000;
/** No call looks at more. */
export const LOOKS = 100;
/** How many arrivals of each other queue are known again. */
const MARKS = 100;

export abstract class NaiveQueue {
  record: QueueRecord;
  epoch = 1;
  purgedAt = 0;
  /** The latest time a call has seen: time never runs backwards for a queue. */
  last = 0;
  /** By number. */
  held: Held[] = [];
  outbox: { departure: Departure; one: Held }[] = [];
  /** The next number of the log and of the side log. */
  next = { plain: 1, side: SIDE_LOG };
  events: Event[] = [];
  /** A call wants those who wait to look again. */
  signal = false;
  /** How often the outbox was looked into, and always more than that by the clock. */
  private looked = 0;
  private readonly marks = new Map<string, { look: number; arrived: string[] }>();
  /** What calls were answered, by request id or by attempt id. */
  private readonly sent = new Map<string, { at: number; answer: Sent[] }>();
  private readonly received = new Map<string, Answer>();
  private readonly attempts = new Map<string, Answer>();

  constructor(record: QueueRecord) {
    this.record = record;
  }

  /** Which log a message is numbered in. */
  protected abstract isPlain(message: Message, delayMs: number): boolean;
  /** The first of those whose repetition this message is. */
  protected abstract firstOf(message: Message, rules: SendRules, now: number): Sent | undefined;
  protected abstract hasSent(sent: Sent, message: Message, rules: SendRules, now: number): void;
  /** A message has been appended, which `isAlone` in its group. */
  protected abstract entered(one: Held, delayMs: number, isAlone: boolean): void;
  /** A message was removed, or came back from its departure. */
  protected abstract changed(one: Held, now: number): void;
  /** Sees what time has done; true when it may not have seen everything. */
  protected abstract notice(delayMs: number, now: number): boolean;
  /** Who can be received, one after the other; whoever was met has been dealt with before the next is asked for. */
  protected abstract candidates(now: number): Iterable<Held>;
  protected abstract served(taken: Held[], now: number): void;
  /** What a receipt is not good for. */
  protected abstract refused(one: Held, entry: Settlement, now: number): Settled | undefined;
  /** From when on a message that is delayed can be received; 0 for one that is not. */
  protected abstract outAt(one: Held, delayMs: number, now: number): number;
  /** Who keeps it from being received, before it in its group. */
  protected abstract holderOf(one: Held, now: number): Held | undefined;
  protected abstract sweepInOrder(slice: number, retentionMs: number, now: number): Pick<Swept, 'expired' | 'nextAt'>;

  /** What a new process does not know any more. */
  restart(): void {
    for (const answers of [this.sent, this.received, this.attempts]) answers.clear();
    this.events = [];
  }

  send(drafts: Draft[], rules: SendRules, now: number): Sent[] {
    const before = this.sent.get(rules.requestId);
    const isAgain = before !== undefined && now - before.at < MINUTE;
    const answer = isAgain ? before.answer : drafts.map((draft) => this.sendOne(draft, rules, now));
    this.signal = isAgain || answer.some(({ outcome }) => outcome === 'sent');
    if (!isAgain && rules.requestId !== '') this.sent.set(rules.requestId, { at: now, answer });
    return answer;
  }

  private sendOne({ message, body, delayMs }: Draft, rules: SendRules, now: number): Sent {
    const first = this.firstOf(message, rules, now);
    if (first !== undefined) {
      this.events.push({ at: now, what: 'deduplicated', number: 0, id: first.id });
      return { ...first, outcome: 'duplicate' };
    }
    if (rules.maxLength > 0 && this.held.length >= rules.maxLength) {
      return { outcome: 'full', number: 0, id: '' };
    }
    const number = this.append({ ...message, sentAt: now }, body, delayMs);
    const sent: Sent = { outcome: 'sent', number, id: message.id };
    this.hasSent(sent, message, rules, now);
    return sent;
  }

  private append(message: Message, body: Body, delayMs: number): number {
    const number = this.isPlain(message, delayMs) ? this.next.plain++ : this.next.side++;
    const isAlone = !this.held.some((other) => other.message.group === message.group);
    const one = untouched(number, message, body);
    this.hold(one);
    this.entered(one, delayMs, isAlone);
    return number;
  }

  private hold(one: Held): void {
    this.held = [...this.held, one].sort(byNumber);
  }

  receive(wish: Wish, now: number): Received {
    const before = this.received.get(wish.requestId);
    const still = before !== undefined && now - before.at < MINUTE ? this.stillHeld(before, wish, now) : [];
    if (still.length > 0) return this.answerOf(still, wish, now);
    return this.attemptAgain(wish, now) ?? this.receiveAnew(wish, now);
  }

  private stillHeld({ generation, taken }: Answer, { retentionMs }: Wish, now: number): Held[] {
    return taken.filter(
      (one) =>
        this.held.includes(one) && one.generation === generation && one.due > now && !hasExpired(one, retentionMs, now),
    );
  }

  private attemptAgain(wish: Wish, now: number): Received | undefined {
    const before = this.attempts.get(wish.attemptId);
    if (before === undefined || now - before.at >= 5 * MINUTE || before.epoch !== this.epoch) return undefined;
    const isAsItWas = (one: Held) =>
      this.held.includes(one) &&
      one.generation === before.generation &&
      one.due === before.due &&
      !hasExpired(one, wish.retentionMs, now);
    const isUndone = (one: Held) => this.held.includes(one) && one.generation === 0;
    if (!before.taken.every((one) => isAsItWas(one) || isUndone(one)))
      return { ...this.answerOf([], wish, now), nextDue: 0, changed: true };
    if (before.due <= now || before.taken.some(isUndone)) return undefined;
    before.due = now + wish.visibilityMs;
    for (const one of before.taken) one.due = before.due;
    return this.answerOf(before.taken, wish, now);
  }

  private receiveAnew(wish: Wish, now: number): Received {
    const { max, visibilityMs, retentionMs, inFlightLimit, generation, requestId, attemptId } = wish;
    const mayBeMore = this.notice(wish.delayMs, now);
    const taken: Held[] = [];
    let looks = 0;
    let departed = 0;
    let overLimit = false;
    for (const one of this.candidates(now)) {
      looks += 1;
      if (hasExpired(one, retentionMs, now)) this.drop(one, now);
      else if (isDeadLetter(one, wish))
        this.depart(one, { id: generation + departed++, to: wish.deadLetterQueue, redriven: 0 }, now);
      else if (this.inFlight(now).length >= inFlightLimit) overLimit = true;
      else taken.push(deliver(one, generation, visibilityMs, now));
      if (taken.length === max || looks === LOOKS || overLimit) break;
    }
    this.served(taken, now);
    const answer = { at: now, epoch: this.epoch, generation, due: now + visibilityMs, taken };
    if (taken.length > 0 && requestId !== '') this.received.set(requestId, { ...answer });
    if (taken.length > 0 && attemptId !== '') this.attempts.set(attemptId, { ...answer });
    const more = (mayBeMore || looks === LOOKS) && taken.length < max;
    return { ...this.answerOf(taken, wish, now), more, overLimit };
  }

  private answerOf(taken: Held[], { delayMs }: Wish, now: number): Received {
    const nextDue = Math.min(...this.times(delayMs, now));
    return {
      epoch: this.epoch,
      deliveries: taken.map(deliveryOf),
      more: false,
      overLimit: false,
      nextDue: taken.length > 0 || nextDue === Infinity ? 0 : nextDue,
      leaving: this.outbox.length > 0,
      changed: false,
    };
  }

  settle(entries: Settlement[], rules: SettleRules, now: number): Settled[] {
    return entries.map((entry) => {
      const outcome = this.settleOne(entry, rules, now);
      if (outcome === 'done' && entry.to !== 'gone') this.signal = true;
      return outcome;
    });
  }

  private settleOne(entry: Settlement, rules: SettleRules, now: number): Settled {
    const is = (one: Held) => one.number === entry.number && entry.epoch === this.epoch;
    const leaving = this.outbox.find(({ one }) => is(one));
    const one = leaving?.one ?? this.held.find(is);
    if (one === undefined || hasExpired(one, rules.retentionMs, now)) return 'gone';
    const refused = this.refused(one, entry, now);
    if (refused !== undefined) return refused;
    if (entry.to === 'gone') {
      // What is on its way to another queue goes there.
      if (leaving === undefined) this.remove(one, now);
      return 'done';
    }
    if (leaving !== undefined || one.count === one.message.receivedBefore) return 'gone';
    if (entry.to === 'back') return undo(one, entry.generation);
    if (now + entry.visibilityMs - one.receivedAt > rules.visibilityLimitMs) return 'overlong';
    hide(one, now + entry.visibilityMs);
    return 'done';
  }

  protected remove(one: Held, now: number): void {
    this.held = without(this.held, one);
    this.changed(one, now);
  }

  /** It has expired. */
  protected drop(one: Held, now: number): void {
    this.events.push({ at: now, what: 'expired', number: one.number, id: one.message.id });
    this.remove(one, now);
  }

  purge(intervalMs: number, now: number): boolean {
    if (this.purgedAt > 0 && now - this.purgedAt < intervalMs) return false;
    this.purgedAt = now;
    this.held = [];
    this.outbox = [];
    this.epoch += 1;
    this.next.plain = 1;
    return true;
  }

  sweep(slice: number, { retentionMs }: SweepRules, now: number): Swept {
    const inOrder = this.sweepInOrder(slice, retentionMs, now);
    const sideLog = this.sweepSideLog(slice, retentionMs, now);
    return {
      expired: inOrder.expired + sideLog.expired,
      more: inOrder.expired === slice || sideLog.expired === slice,
      nextAt: Math.min(now + retentionMs, inOrder.nextAt, sideLog.nextAt, ...this.times(0, now)),
      leaving: this.outbox.length > 0,
    };
  }

  /** From the oldest number of the side log up to one that lives, is in flight or leaves. */
  private sweepSideLog(slice: number, retentionMs: number, now: number): Pick<Swept, 'expired' | 'nextAt'> {
    for (let expired = 0; expired < slice; expired += 1) {
      const oldest = this.all().find(isSideLog);
      if (oldest === undefined) return { expired, nextAt: Infinity };
      const isLeaving = !this.held.includes(oldest);
      if (!isLeaving && this.sweepsElsewhere(oldest, now)) return { expired, nextAt: Infinity };
      if (!hasExpired(oldest, retentionMs, now)) return { expired, nextAt: oldest.message.sentAt + retentionMs };
      if (isLeaving) return { expired, nextAt: Infinity };
      this.drop(oldest, now);
    }
    return { expired: slice, nextAt: Infinity };
  }

  /** With those that leave, by number. */
  private all(): Held[] {
    return [...this.held, ...this.outbox.map(({ one }) => one)].sort(byNumber);
  }

  protected abstract sweepsElsewhere(one: Held, now: number): boolean;

  counts(delayMs: number, now: number): Counts {
    const inFlight = this.inFlight(now).length;
    const delayed = this.held.filter((one) => this.outAt(one, delayMs, now) > now).length;
    return { visible: this.held.length - inFlight - delayed, inFlight, delayed };
  }

  page({ from, bodies }: PageWish, now: number): Page {
    const rows = this.all().filter(({ number }) => number >= from);
    return { rows: rows.map((one) => this.seatOf(one, bodies, now)), next: 0, now };
  }

  private seatOf(one: Held, bodies: boolean, now: number): Seat {
    const isLeaving = !this.held.includes(one);
    const { number, message, body, state } = deliveryOf(one);
    const held = { number, message, body: bodies ? body : '', state: one.touched && !isLeaving ? state : NEVER };
    return { held, heldBy: this.holderOf(one, now)?.number ?? 0, isLeaving };
  }

  private inFlight(now: number): Held[] {
    return this.held.filter((one) => one.due > now && one.count > one.message.receivedBefore);
  }

  /** When messages come back or out. */
  private times(delayMs: number, now: number): number[] {
    const back = this.inFlight(now).map(({ due }) => due);
    const out = this.held.map((one) => this.outAt(one, delayMs, now));
    return [...back, ...out].filter((time) => time > now);
  }

  private depart(one: Held, where: Pick<Departure, 'id' | 'to' | 'redriven'>, now: number): void {
    const { number, count, firstReceivedAt } = one;
    this.outbox.push({ departure: { ...where, number, count, firstReceivedAt }, one });
    this.remove(one, now);
    this.events.push({ at: now, what: 'moved', number, id: one.message.id });
  }

  departures(most: number, now: number): Departures {
    this.looked = Math.max(this.looked + 1, now);
    const inOrder = [...this.outbox].sort((a, b) => byNumber(a.one, b.one));
    const some = inOrder.slice(0, most);
    const departing = some.map(({ departure, one }) => ({ departure, message: one.message, body: one.body }));
    return { look: this.looked, departing };
  }

  /** Once something has arrived by a look, what comes by an earlier one is late. */
  arrive(from: string, look: number, arrivals: Arrival[], now: number): boolean {
    const mark = this.marks.get(from) ?? { look: 0, arrived: [] };
    if (mark.look > look) return false;
    const arrived = [...mark.arrived];
    for (const { id, number, message, body } of arrivals) {
      if (arrived.includes(`${id} ${number}`)) continue;
      this.append({ ...message, sentAt: message.sentAt || now }, body, 0);
      arrived.push(`${id} ${number}`);
      this.signal = true;
    }
    this.marks.set(from, { look, arrived: arrived.slice(-MARKS) });
    return true;
  }

  conclude(conclusions: Conclusion[], now: number): number {
    let done = 0;
    for (const { id, number, to } of conclusions) {
      const leaving = this.outbox.find(({ departure }) => departure.id === id && departure.number === number);
      if (leaving === undefined) continue;
      this.outbox = without(this.outbox, leaving);
      if (to === 'back') this.comeBack(leaving.one, now);
      else done += 1;
    }
    return done;
  }

  private comeBack(one: Held, now: number): void {
    Object.assign(one, { generation: 0, receivedAt: 0, due: now, dueBefore: now, touched: true, unnoticed: true });
    this.hold(one);
    this.changed(one, now);
    this.signal = true;
  }

  leave({ numbers, most, to, id, retentionMs, delayMs }: Leaving, now: number): Left {
    const mayBeMore = this.notice(delayMs, now);
    const named = numbers.flatMap((number) => this.held.filter((one) => one.number === number));
    const wanted = numbers.length === 0 ? this.candidates(now) : named;
    let left = 0;
    let looks = 0;
    for (const one of wanted) {
      if (!this.held.includes(one) || one.due > now || this.outAt(one, delayMs, now) > 0) continue;
      if (hasExpired(one, retentionMs, now)) this.drop(one, now);
      else this.depart(one, { id: id + left++, to, redriven: 1 }, now);
      if (numbers.length > 0) continue;
      looks += 1;
      if (left === most || looks === LOOKS) break;
    }
    return { left, more: left < most && (mayBeMore || looks === LOOKS) };
  }
}
