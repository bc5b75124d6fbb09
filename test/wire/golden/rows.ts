/** The golden table, put together. */
import { attributeRows } from './attributes.ts';
import { batchRows } from './batches.ts';
import { messageRows } from './messages.ts';
import { orderRows } from './order.ts';
import { queueRows } from './queues.ts';
import { sendRows } from './send.ts';
import type { RawRow, Row } from './table.ts';
import { rawRows as raw } from './wire.ts';

export const rows: Row[] = [...queueRows, ...attributeRows, ...sendRows, ...messageRows, ...batchRows, ...orderRows];
export const rawRows: RawRow[] = raw;
