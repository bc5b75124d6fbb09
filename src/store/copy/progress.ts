/** How far a copy is, for the person at the terminal: a bar that is drawn again and again, or a line now and then. */
import type { Report } from './copy.ts';

const DRAW_MS = 100;
const LINE_MS = 5000;
const BAR = 24;

export interface Output {
  isTTY?: boolean;
  write(text: string): unknown;
}

/** A report that draws on `out`: messages done and in all, rate, time left. */
export function progressOn(out: Output): Report {
  const every = out.isTTY ? DRAW_MS : LINE_MS;
  let phase = '';
  /** When the phase began, with how many done. */
  let began = { at: 0, done: 0 };
  let drawnAt = 0;
  return (what, done, total) => {
    const now = performance.now();
    if (what !== phase) {
      phase = what;
      began = { at: now, done };
      drawnAt = now - every;
    }
    if (now - drawnAt < every && done < total) return;
    drawnAt = now;
    const rate = now > began.at ? ((done - began.done) * 1000) / (now - began.at) : 0;
    const line = `${what} ${count(done)} of ${count(total)} messages (${percent(done, total)} %)${pace(rate, total - done)}`;
    if (!out.isTTY) out.write(`${line}\n`);
    else out.write(`\r${bar(done, total)} ${line}\x1b[K${done < total ? '' : '\n'}`);
  };
}

const count = (messages: number): string => messages.toLocaleString('en-US');
const percent = (done: number, total: number): number => Math.floor((done * 100) / total);

function bar(done: number, total: number): string {
  const filled = Math.floor((done * BAR) / total);
  return `[${'#'.repeat(filled)}${'.'.repeat(BAR - filled)}]`;
}

function pace(rate: number, left: number): string {
  if (rate < 1) return '';
  return `, ${count(Math.round(rate))}/s${left > 0 ? `, ${timeFor(Math.ceil(left / rate))} left` : ''}`;
}

function timeFor(seconds: number): string {
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
