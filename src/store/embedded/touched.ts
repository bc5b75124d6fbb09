/**
 * The touched messages of one queue and epoch, in memory: their states, and the two ordered sets they stand in.
 *
 * A slot is a place in typed arrays off the V8 heap, so that 120,000 messages in flight are a dozen arrays and nothing
 * to the garbage collector. A message gets a slot when a part first speaks of its number and gives it back when the
 * last part forgets it; `holders` is a byte of bits that says which parts do: its state, and the heaps it stands in.
 *
 *        index (hash)         rows, holders (by slot)                places (by slot)      heap (by place)
 *        number ──▶ slot ──▶  number count generation … dueBefore    slot ──▶ place  ──▶   score slot
 *
 * An ordered set is two heaps. `pending` holds what is still to come, `due` what had come by the latest time that
 * anyone asked about, the horizon. Time goes forward: a question first raises the horizon and moves what it passed
 * from `pending` to `due`, each member once. Then counting is free (the size of `due`), the first is the top of `due`,
 * and the next score is the top of `pending`. A question about an earlier time first moves everything back.
 *
 * Arrays double when full and shrink when they are nearly empty; then the slots in use are moved together and the heaps
 * are told where each went. Rows are most of the memory and grow piece by piece instead: malloc seldom gives back the
 * old copies of one long array (measured: twice the memory).
 */
import type { OrderedSet, State, States } from '../../queue/parts.ts';

/** Numbers in a row: the message's number, then its state in the order of `State`. In a free row: the next free slot. */
const ROW = 7;
/** Rows are kept in pieces of 2^PIECE_BITS. */
const PIECE_BITS = 8;
const PIECE = 1 << PIECE_BITS;
const SMALLEST = 16;
const NONE = -1;

/** The bits of `holders`. */
const HAS_STATE = 1;
const IN_FLIGHT_PENDING = 2;
const IN_FLIGHT_DUE = 4;
const DELAYED_PENDING = 8;
const DELAYED_DUE = 16;

/** What an untouched queue has; never written. An index with one empty entry answers every search. */
const NO_FLOATS = new Float64Array(0);
const NO_BYTES = new Uint8Array(0);
const NO_INTEGERS = new Uint32Array(0);
const NO_INDEX = new Uint32Array(1);

/** The touched messages of one queue and epoch. One that never had any is a few small objects without arrays. */
export class Touched {
  readonly states: States;
  readonly inFlight: OrderedSet;
  readonly delayed: OrderedSet;
  private readonly rows = new Rows();

  constructor() {
    this.states = this.rows;
    this.inFlight = new Members(this.rows, IN_FLIGHT_PENDING, IN_FLIGHT_DUE);
    this.delayed = new Members(this.rows, DELAYED_PENDING, DELAYED_DUE);
  }

  /** How many messages have a state or stand in a set. */
  get size(): number {
    return this.rows.size;
  }
}

/** Rows by slot, slots by number. The index is open addressing with linear probing, at most half full; an entry is slot + 1. */
class Rows implements States {
  size = 0;
  holders = NO_BYTES;
  /** The sets that must hear when slots move. */
  readonly sets: Members[] = [];
  private readonly pieces: Float64Array[] = [];
  private index = NO_INDEX;
  /** Slots from here on were never used. */
  private fresh = 0;
  private free = NONE;

  get(number: number): State | undefined {
    const slot = this.find(number);
    if (slot === NONE || (this.holders[slot]! & HAS_STATE) === 0) return undefined;
    const piece = this.pieceOf(slot);
    const at = cellOf(slot);
    return {
      count: piece[at + 1]!,
      generation: piece[at + 2]!,
      firstReceivedAt: piece[at + 3]!,
      receivedAt: piece[at + 4]!,
      due: piece[at + 5]!,
      dueBefore: piece[at + 6]!,
    };
  }

  set(number: number, state: State): void {
    const slot = this.claim(number);
    this.holders[slot]! |= HAS_STATE;
    const piece = this.pieceOf(slot);
    const at = cellOf(slot);
    piece[at + 1] = state.count;
    piece[at + 2] = state.generation;
    piece[at + 3] = state.firstReceivedAt;
    piece[at + 4] = state.receivedAt;
    piece[at + 5] = state.due;
    piece[at + 6] = state.dueBefore;
  }

  remove(number: number): void {
    const slot = this.find(number);
    if (slot === NONE) return;
    this.holders[slot]! &= ~HAS_STATE;
    this.release(slot);
  }

  get capacity(): number {
    return this.holders.length;
  }

  numberOf(slot: number): number {
    return this.pieceOf(slot)[cellOf(slot)]!;
  }

  /** The slot of a number, or NONE. */
  find(number: number): number {
    return this.index[this.locate(number)]! - 1;
  }

  /** The slot of a number, a new one if need be. The caller must hold it before anything else is called. */
  claim(number: number): number {
    const found = this.find(number);
    if (found !== NONE) return found;
    if (this.size === this.capacity) this.resize(Math.max(SMALLEST, this.capacity * 2));
    const slot = this.free === NONE ? this.begin() : this.free;
    if (slot === this.free) this.free = this.numberOf(slot);
    this.pieceOf(slot)[cellOf(slot)] = number;
    this.index[this.locate(number)] = slot + 1;
    this.size += 1;
    return slot;
  }

  /** Frees a slot that nobody holds any more. Slots may move: the last act of a removal. */
  release(slot: number): void {
    if (this.holders[slot] !== 0) return;
    this.unindex(this.numberOf(slot));
    this.pieceOf(slot)[cellOf(slot)] = this.free;
    this.free = slot;
    this.size -= 1;
    if (this.capacity > SMALLEST && this.size * 8 < this.capacity) this.resize(this.capacity / 4);
  }

  private begin(): number {
    const slot = this.fresh;
    this.fresh += 1;
    if (slot >> PIECE_BITS === this.pieces.length) this.pieces.push(new Float64Array(PIECE * ROW));
    return slot;
  }

  private pieceOf(slot: number): Float64Array {
    return this.pieces[slot >> PIECE_BITS]!;
  }

  /** Where the index has a number, or the empty entry where it would stand. */
  private locate(number: number): number {
    const { index } = this;
    const mask = index.length - 1;
    let at = hash(number) & mask;
    while (index[at] !== 0 && this.numberOf(index[at]! - 1) !== number) at = (at + 1) & mask;
    return at;
  }

  /** Empties a number's entry and shifts later ones back over it, so that no search ends too early. */
  private unindex(number: number): void {
    const { index } = this;
    const mask = index.length - 1;
    let hole = this.locate(number);
    for (let at = (hole + 1) & mask; index[at] !== 0; at = (at + 1) & mask) {
      const home = hash(this.numberOf(index[at]! - 1)) & mask;
      if (((at - home) & mask) < ((at - hole) & mask)) continue;
      index[hole] = index[at]!;
      hole = at;
    }
    index[hole] = 0;
  }

  /** Moves the slots in use together and makes room for `capacity` of them. */
  private resize(capacity: number): void {
    const { holders } = this;
    const moved = new Uint32Array(this.fresh);
    let used = 0;
    for (let slot = 0; slot < this.fresh; slot += 1) {
      if (holders[slot] === 0) continue;
      if (used !== slot) this.copyRow(slot, used);
      holders[used] = holders[slot]!;
      moved[slot] = used++;
    }
    this.fresh = used;
    this.free = NONE;
    this.resizeRows(capacity, used);
    this.holders = copyInto(new Uint8Array(capacity), holders, used);
    this.index = new Uint32Array(capacity * 2);
    for (let slot = 0; slot < used; slot += 1) this.index[this.locate(this.numberOf(slot))] = slot + 1;
    for (const set of this.sets) set.slotsMoved(moved);
  }

  private copyRow(from: number, to: number): void {
    const at = cellOf(from);
    this.pieceOf(to).set(this.pieceOf(from).subarray(at, at + ROW), cellOf(to));
  }

  /** Only a queue that needs more than one piece has pieces of full length. */
  private resizeRows(capacity: number, used: number): void {
    this.pieces.length = Math.ceil(used / PIECE);
    const first = this.pieces[0] ?? NO_FLOATS;
    const length = Math.min(capacity, PIECE) * ROW;
    if (first.length === length) return;
    this.pieces[0] = copyInto(new Float64Array(length), first, Math.min(first.length, length));
  }
}

/** Spreads numbers up to 2^48. They are ours, nobody can choose them to collide. */
function hash(number: number): number {
  const mixed = Math.imul(number ^ Math.imul(number / 4_294_967_296, 0x85eb_ca6b), 0x9e37_79b1);
  return mixed ^ (mixed >>> 15);
}

/** Where a slot's row begins in its piece. */
function cellOf(slot: number): number {
  return (slot & (PIECE - 1)) * ROW;
}

function copyInto<A extends Float64Array | Uint32Array | Uint8Array>(target: A, source: A, length: number): A {
  target.set(source.subarray(0, length));
  return target;
}

class Members implements OrderedSet {
  /** By slot: its place in the heap that holds it. Without length until the first member comes. */
  places = NO_INTEGERS;
  private readonly rows: Rows;
  private readonly pending: Heap;
  private readonly due: Heap;
  /** A member stands in `due` if its score is not above the horizon, else in `pending`. */
  private horizon = Number.NEGATIVE_INFINITY;

  constructor(rows: Rows, pendingBit: number, dueBit: number) {
    this.rows = rows;
    this.pending = new Heap(rows, this, pendingBit);
    this.due = new Heap(rows, this, dueBit);
    rows.sets.push(this);
  }

  add(member: number, score: number): void {
    const slot = this.rows.claim(member);
    if (this.places.length === 0) this.places = new Uint32Array(this.rows.capacity);
    this.heapOf(slot)?.remove(slot);
    (score <= this.horizon ? this.due : this.pending).add(slot, score);
  }

  remove(member: number): void {
    const slot = this.rows.find(member);
    const heap = slot === NONE ? undefined : this.heapOf(slot);
    if (heap === undefined) return;
    heap.remove(slot);
    this.rows.release(slot);
  }

  first(upTo: number): number | undefined {
    this.look(upTo);
    return this.due.size === 0 ? undefined : this.rows.numberOf(this.due.top());
  }

  nextScore(after: number): number | undefined {
    this.look(after);
    return this.pending.size === 0 ? undefined : this.pending.topScore();
  }

  countUpTo(upTo: number): number {
    this.look(upTo);
    return this.due.size;
  }

  size(): number {
    return this.pending.size + this.due.size;
  }

  /** Slot `s` is slot `moved[s]` now, and there is room for another number of slots. */
  slotsMoved(moved: Uint32Array): void {
    this.places = this.size() === 0 ? NO_INTEGERS : new Uint32Array(this.rows.capacity);
    this.pending.slotsMoved(moved);
    this.due.slotsMoved(moved);
  }

  private heapOf(slot: number): Heap | undefined {
    if (this.pending.has(slot)) return this.pending;
    return this.due.has(slot) ? this.due : undefined;
  }

  /** Puts the horizon at `upTo`. */
  private look(upTo: number): void {
    if (upTo < this.horizon) while (this.due.size > 0) this.due.moveTop(this.pending);
    this.horizon = upTo;
    while (this.pending.size > 0 && this.pending.topScore() <= upTo) this.pending.moveTop(this.due);
  }
}

/** A binary heap of slots by (score, number), the smallest on top. It keeps `set.places` and its bit of `holders`. */
class Heap {
  size = 0;
  private readonly rows: Rows;
  private readonly set: Members;
  private readonly bit: number;
  private slotAt = NO_INTEGERS;
  private scoreAt = NO_FLOATS;

  constructor(rows: Rows, set: Members, bit: number) {
    this.rows = rows;
    this.set = set;
    this.bit = bit;
  }

  has(slot: number): boolean {
    return (this.rows.holders[slot]! & this.bit) !== 0;
  }

  top(): number {
    return this.slotAt[0]!;
  }

  topScore(): number {
    return this.scoreAt[0]!;
  }

  add(slot: number, score: number): void {
    if (this.size === this.slotAt.length) this.resize(Math.max(SMALLEST, this.size * 2));
    this.rows.holders[slot]! |= this.bit;
    this.size += 1;
    this.settle(this.size - 1, slot, score);
  }

  remove(slot: number): void {
    this.rows.holders[slot]! &= ~this.bit;
    this.size -= 1;
    const last = this.slotAt[this.size]!;
    if (last !== slot) this.settle(this.set.places[slot]!, last, this.scoreAt[this.size]!);
    const { length } = this.slotAt;
    if (length > SMALLEST && this.size * 8 < length) this.resize(length / 4);
  }

  moveTop(to: Heap): void {
    const slot = this.top();
    const score = this.topScore();
    this.remove(slot);
    to.add(slot, score);
  }

  slotsMoved(moved: Uint32Array): void {
    for (let place = 0; place < this.size; place += 1)
      this.put(place, moved[this.slotAt[place]!]!, this.scoreAt[place]!);
  }

  /** Puts a slot where it belongs, beginning at `from`, whose own entry is gone. */
  private settle(from: number, slot: number, score: number): void {
    let place = from;
    for (let up = (place - 1) >> 1; place > 0 && this.precedes(slot, score, up); up = (place - 1) >> 1) {
      this.put(place, this.slotAt[up]!, this.scoreAt[up]!);
      place = up;
    }
    for (
      let down = this.child(place);
      down < this.size && !this.precedes(slot, score, down);
      down = this.child(place)
    ) {
      this.put(place, this.slotAt[down]!, this.scoreAt[down]!);
      place = down;
    }
    this.put(place, slot, score);
  }

  /** The smaller child of a place; beyond `size` when there is none. */
  private child(place: number): number {
    const left = 2 * place + 1;
    const right = left + 1;
    if (right >= this.size) return left;
    return this.precedes(this.slotAt[right]!, this.scoreAt[right]!, left) ? right : left;
  }

  private precedes(slot: number, score: number, place: number): boolean {
    const other = this.scoreAt[place]!;
    if (score !== other) return score < other;
    return this.rows.numberOf(slot) < this.rows.numberOf(this.slotAt[place]!);
  }

  private put(place: number, slot: number, score: number): void {
    this.slotAt[place] = slot;
    this.scoreAt[place] = score;
    this.set.places[slot] = place;
  }

  private resize(length: number): void {
    this.slotAt = copyInto(new Uint32Array(length), this.slotAt, this.size);
    this.scoreAt = copyInto(new Float64Array(length), this.scoreAt, this.size);
  }
}
