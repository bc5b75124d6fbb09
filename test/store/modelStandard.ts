/** The naive reference: the order of a standard queue. */
import type { Message } from '../../src/queue/parts.ts';
import type { Swept } from '../../src/queue/sweep.ts';
import { byDue, byNumber, type Held } from './modelHeld.ts';
import { NaiveQueue } from './modelQueue.ts';

export class NaiveStandard extends NaiveQueue {
  protected isPlain({ group }: Message, delayMs: number): boolean {
    return group === '' && delayMs === 0;
  }

  protected firstOf(): undefined {}
  protected hasSent(): void {}
  protected changed(): void {}
  protected served(): void {}
  protected refused(): undefined {}
  protected holderOf(): undefined {}

  protected notice(): boolean {
    return false;
  }

  protected entered(one: Held, delayMs: number): void {
    if (delayMs === 0) return;
    one.touched = true;
    one.due += delayMs;
    one.dueBefore = one.due;
  }

  /** A call meets nobody twice. */
  protected *candidates(now: number): Iterable<Held> {
    const met = new Set<Held>();
    for (;;) {
      const one = this.first(now, met);
      if (one === undefined) return;
      met.add(one);
      yield one;
    }
  }

  /**
   * The smallest (rank, due, number) among the first message without a group that was never touched, those that are
   * back or out, and the first tenant's first. Of tenants, the one with the fewest touched messages is the first.
   */
  private first(now: number, met: Set<Held>): Held | undefined {
    const there = this.held.filter((one) => !met.has(one));
    const untouched = there.filter(({ touched }) => !touched);
    const touched = there.filter(({ touched, due }) => touched && due <= now);
    const plain = untouched.filter(({ message }) => message.group === '').slice(0, 1);
    const tenants = new Set(untouched.map(({ message }) => message.group).filter((group) => group !== ''));
    const firsts = [...tenants].map((group) => untouched.find(({ message }) => message.group === group)!);
    const tenant = firsts.sort((a, b) => this.rankOf(a) - this.rankOf(b) || byNumber(a, b)).slice(0, 1);
    return [...plain, ...touched, ...tenant].sort((a, b) => this.rankOf(a) - this.rankOf(b) || byDue(a, b))[0];
  }

  private rankOf({ touched, message }: Held): number {
    if (touched || message.group === '') return 0;
    return this.held.filter((other) => other.touched && other.message.group === message.group).length;
  }

  protected outAt({ touched, count, message, due }: Held, _: number, now: number): number {
    return touched && count === message.receivedBefore && due > now ? due : 0;
  }

  protected sweepsElsewhere({ touched }: Held): boolean {
    return touched;
  }

  protected sweepInOrder(slice: number, retentionMs: number, now: number): Pick<Swept, 'expired' | 'nextAt'> {
    for (let expired = 0; expired < slice; expired += 1) {
      const one = this.first(now, new Set());
      if (one === undefined) return { expired, nextAt: Infinity };
      const expiry = one.message.sentAt + retentionMs;
      if (expiry > now) return { expired, nextAt: expiry };
      this.drop(one, now);
    }
    return { expired: slice, nextAt: Infinity };
  }
}
