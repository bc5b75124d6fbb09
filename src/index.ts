/**
 * startFastQueue: reads the settings, opens the store, builds the faces, listens. The only file that knows all others.
 */
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { jsonFace } from '../compat/json.ts';
import { queryFace } from '../compat/query.ts';
import type { Services } from './actions/context.ts';
import { actions } from './actions/index.ts';
import { authenticator } from './auth/authenticate.ts';
import { environment, readSettings, type Settings } from './config.ts';
import { dispatcher } from './dispatch.ts';
import { startAgenda } from './engine/agenda.ts';
import { pumpFor } from './engine/pump.ts';
import { type HttpServer, listen } from './http/server.ts';
import { createLog, type Log } from './log.ts';
import { type Clock, systemClock } from './model/clock.ts';
import { newSecret } from './model/ids.ts';
import { receipts } from './model/receipt.ts';
import { restApp } from './rest/app.ts';
import { restFace } from './rest/face.ts';
import { openEmbedded } from './store/embedded/store.ts';
import type { Store } from './store/store.ts';

/** How long a drain may take before connections are cut. */
const DRAIN_MS = 9000;

export interface FastQueueOptions {
  /** In the place of the environment and `.env`: names as in the README. */
  env?: Record<string, string | undefined>;
  /** In the place of the machine's clock. */
  clock?: Clock;
  log?: Log;
}

export interface FastQueue {
  /** `http://host:port` of the first port. */
  endpoint: string;
  settings: Settings;
  store: Store;
  log: Log;
  /** What the start-up block says. */
  summary: string;
  /** Answers open polls, finishes what is under way within ten seconds, closes the store. */
  close(): Promise<void>;
}
