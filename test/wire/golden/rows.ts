/** The golden table, put together. */
import { attributeRows } from './attributes.ts';
import { batchRows } from './batches.ts';
import { deadLetterRows } from './deadLetters.ts';
import { fifoQueueRows } from './fifoQueues.ts';
import { fifoReceiveRows } from './fifoReceive.ts';
import { fifoSendRows } from './fifoSend.ts';
import { messageRows } from './messages.ts';
import { moveTaskRows } from './moveTasks.ts';
import { orderRows } from './order.ts';
import { queueRows } from './queues.ts';
import { sendRows } from './send.ts';
import type { RawRow, Row } from './table.ts';
import { rawRows as raw } from './wire.ts';

export const rows: Row[] = [
  ...queueRows,
  ...attributeRows,
  ...sendRows,
  ...messageRows,
  ...batchRows,
  ...orderRows,
  ...fifoQueueRows,
  ...fifoSendRows,
  ...fifoReceiveRows,
  ...deadLetterRows,
  ...moveTaskRows,
];
export const rawRows: RawRow[] = raw;
