/**
 * The naive reference: the order of a FIFO queue. From each group a receive takes the run from its oldest message up to
 * the first that is not available; a group stands in the line while its oldest message is, as far as that was noticed.
 */
import type { Message } from '../../src/queue/parts.ts';
import type { SendRules, Sent } from '../../src/queue/send.ts';
import type { Settled, Settlement, SettleRules } from '../../src/queue/settle.ts';
import type { Swept } from '../../src/queue/sweep.ts';
import { byDue, type Held, without } from './modelHeld.ts';
import { LOOKS, NaiveQueue } from './modelQueue.ts';

const WINDOW = 300_000;

export class NaiveFifo extends NaiveQueue {
  /** The groups that can be served, the next first. */
  private line: string[] = [];
  /** From this number on messages are delayed, as far as that was noticed. */
  private active = this.next.side;
  private seen = new Map<string, { at: number; sent: Sent }>();

  override restart(): void {
    super.restart();
    this.line = [];
    for (const one of this.held) {
      one.unnoticed = one.touched;
      this.settleLane(one.message.group, this.last);
    }
  }

  /** A removal may give somebody something to receive. */
  override settle(entries: Settlement[], rules: SettleRules, now: number): Settled[] {
    const before = this.line;
    const settled = super.settle(entries, rules, now);
    if (this.line.some((lane) => !before.includes(lane))) this.signal = true;
    return settled;
  }

  protected isPlain(): boolean {
    return false;
  }

  protected firstOf(message: Message, rules: SendRules, now: number): Sent | undefined {
    const first = this.seen.get(keyOf(message, rules));
    return first !== undefined && now - first.at < WINDOW ? first.sent : undefined;
  }

  protected hasSent(sent: Sent, message: Message, rules: SendRules, now: number): void {
    this.seen.set(keyOf(message, rules), { at: now, sent });
  }

  protected entered({ number, message }: Held, delayMs: number, isAlone: boolean): void {
    if (delayMs > 0 || number !== this.active) return;
    this.active += 1;
    if (isAlone) this.stand(message.group);
  }

  protected changed({ message }: Held, now: number): void {
    this.settleLane(message.group, now);
  }

  private isAvailable({ number, due }: Held, now: number): boolean {
    return number < this.active && due <= now;
  }

  private settleLane(lane: string, now: number): void {
    const oldest = this.held.find(({ message }) => message.group === lane);
    if (oldest === undefined || !this.isAvailable(oldest, now)) this.line = without(this.line, lane);
    else if (!this.line.includes(lane)) this.stand(lane);
  }

  private stand(lane: string): void {
    this.line = [...this.line, lane];
  }

  /** Only the first of a group are looked through. */
  protected holderOf({ number, message }: Held, now: number): Held | undefined {
    const lane = this.held.filter((other) => other.message.group === message.group).slice(0, 20);
    return lane.find((other) => other.number < number && !this.isAvailable(other, now));
  }

  protected notice(delayMs: number, now: number): boolean {
    let looks = 0;
    for (; looks < LOOKS && this.active < this.next.side; looks += 1) {
      const one = this.held.find(({ number }) => number === this.active);
      if (one !== undefined && one.message.sentAt + delayMs > now) break;
      this.active += 1;
      if (one !== undefined) this.settleLane(one.message.group, now);
    }
    const back = this.held.filter(({ unnoticed, due }) => unnoticed && due <= now).sort(byDue);
    for (const one of back.slice(0, LOOKS - looks)) {
      one.unnoticed = false;
      this.settleLane(one.message.group, now);
    }
    return looks + back.length >= LOOKS;
  }

  protected *candidates(now: number): Iterable<Held> {
    for (const lane of this.line) {
      for (const one of this.held.filter(({ message }) => message.group === lane)) {
        if (!this.isAvailable(one, now)) break;
        yield one;
      }
    }
  }

  /** Who was served goes to the end of the line, if there is anything to serve. */
  protected served(taken: Held[], now: number): void {
    const lanes = [...new Set(taken.map(({ message }) => message.group))];
    this.line = this.line.filter((lane) => !lanes.includes(lane));
    for (const lane of lanes) this.settleLane(lane, now);
  }

  /** A receipt is good while its own receive hides the message. */
  protected refused({ generation, due }: Held, entry: Settlement, now: number): Settled | undefined {
    return entry.to === 'back' || (generation === entry.generation && due > now) ? undefined : 'expired';
  }

  protected outAt({ number, message }: Held, delayMs: number, now: number): number {
    const outAt = message.sentAt + delayMs;
    return number >= this.active && outAt > now ? outAt : 0;
  }

  override purge(intervalMs: number, now: number): boolean {
    if (!super.purge(intervalMs, now)) return false;
    this.line = [];
    this.active = this.next.side;
    this.seen.clear();
    return true;
  }

  protected sweepsElsewhere({ due }: Held, now: number): boolean {
    return due > now;
  }

  protected sweepInOrder(): Pick<Swept, 'expired' | 'nextAt'> {
    return { expired: 0, nextAt: Infinity };
  }
}

function keyOf({ group, deduplicationId }: Message, { perGroup }: SendRules): string {
  return perGroup ? `${group} ${deduplicationId}` : deduplicationId;
}
