/**
 * Log lines: JSON, one a line, on standard error. What may be in them: names of actions and queues, statuses, times,
 * request ids, our own sentences. Never bodies, receipt handles, tokens, passwords, keys or headers.
 */
import pino, { type Logger } from 'pino';

export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error' | 'fatal'>;

/** The server's log; `debug` adds a line for every request. Written synchronously, so that the last line is not lost. */
export const createLog = (debug: boolean): Log =>
  pino({ level: debug ? 'debug' : 'info', base: null }, pino.destination({ dest: 2, sync: true }));
