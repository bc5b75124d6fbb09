/** The table of actions. A new one is a file beside this one and a line here. */
import { addPermission } from './addPermission.ts';
import { changeMessageVisibility, changeMessageVisibilityBatch } from './changeMessageVisibility.ts';
import type { Action } from './context.ts';
import { createQueue } from './createQueue.ts';
import { deleteMessage, deleteMessageBatch } from './deleteMessage.ts';
import { deleteQueue } from './deleteQueue.ts';
import { getQueueAttributes } from './getQueueAttributes.ts';
import { getQueueUrl } from './getQueueUrl.ts';
import { listDeadLetterSourceQueues } from './listDeadLetterSourceQueues.ts';
import { listQueues } from './listQueues.ts';
import { listQueueTags } from './listQueueTags.ts';
import { cancelMessageMoveTask, listMessageMoveTasks, startMessageMoveTask } from './messageMoveTasks.ts';
import { purgeQueue } from './purgeQueue.ts';
import { receiveMessage } from './receiveMessage.ts';
import { removePermission } from './removePermission.ts';
import { sendMessage, sendMessageBatch } from './sendMessage.ts';
import { setQueueAttributes } from './setQueueAttributes.ts';
import { tagQueue } from './tagQueue.ts';
import { untagQueue } from './untagQueue.ts';

const table: Action[] = [
  addPermission,
  cancelMessageMoveTask,
  changeMessageVisibility,
  changeMessageVisibilityBatch,
  createQueue,
  deleteMessage,
  deleteMessageBatch,
  deleteQueue,
  getQueueAttributes,
  getQueueUrl,
  listDeadLetterSourceQueues,
  listMessageMoveTasks,
  listQueues,
  listQueueTags,
  purgeQueue,
  receiveMessage,
  removePermission,
  sendMessage,
  sendMessageBatch,
  setQueueAttributes,
  startMessageMoveTask,
  tagQueue,
  untagQueue,
];

/** Every action by AWS's name. A Map, so that `__proto__` is an unknown action like any other. */
export const actions: ReadonlyMap<string, Action> = new Map(table.map((action) => [action.name, action]));
