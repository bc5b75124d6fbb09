/**
 * What was looked at before the start is looked at again, now and then and whenever a connection is made anew: another
 * master may have taken over, or somebody has changed a setting. A Redis that promises less than was asked for gets no
 * more messages; one that has lost everything ends the server, since what this holds in memory (secrets) is of another
 * time than what the next server will find.
 */
import { StartupError } from '../store.ts';
import { type Demands, type Durability, readDurability } from './durability.ts';
import type { Keys } from './keys.ts';
import type { Link } from './link.ts';

const LOOK_MS = 30_000;
const EXIT = 70;

export interface Watch {
  durability(): string;
  /** Why nothing may be sent. */
  complaint(): string | undefined;
  close(): void;
}

export function watchOver(
  link: Link,
  { layout }: Keys,
  demands: Demands,
  first: Durability,
  fatal: (exitCode: number, reason: string) => void,
): Watch {
  let { text } = first;
  let complaint: string | undefined;
  let isOver = false;

  async function look(): Promise<void> {
    const mark = await link.run(layout, (client) => client.get(layout));
    if (isOver) return;
    if (mark === null) {
      isOver = true;
      fatal(EXIT, 'Redis has lost everything it held (FLUSHALL, or a restart without appendonly): start again.');
      return;
    }
    // Replicas that are missing are told to whoever sends.
    text = (await readDurability(link.masters(), demands)).text;
    complaint = undefined;
  }

  const looking = () =>
    look().catch((error: Error) => {
      if (error instanceof StartupError) complaint = error.message;
    });
  const timer = setInterval(looking, LOOK_MS).unref();
  link.client.on('ready', looking);
  return {
    durability: () => text,
    complaint: () => complaint,
    close() {
      isOver = true;
      clearInterval(timer);
      link.client.off('ready', looking);
    },
  };
}
