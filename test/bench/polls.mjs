/** Many long polls, each on a connection of its own, that wait for nothing. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { actionsOn, textOf } from './requests.mjs';

const WAIT_SECONDS = 20;
const ANSWER_LIMIT_MS = 5000;

/**
 * Opens `count` polls of 20 s on empty queues, spread over queues and servers.
 * @returns `oneAnswered`: sends with the function given and waits until exactly one poll has it; throws when any other
 *   poll was answered or closed. `wakeUp`: what to send, to the first queue.
 */
export async function openPolls(servers, queues, count) {
  const actions = queues.map((queue) => actionsOn(queue, 100, { WaitTimeSeconds: WAIT_SECONDS }));
  const requests = actions.map(({ receiveOne: { action, input } }) => textOf(action)(JSON.stringify(input())));
  let ended = 0;
  const answers = [];
  const sockets = Array.from({ length: count }, (_, i) => {
    const socket = connect({ port: servers[i % servers.length].port, host: '127.0.0.1' });
    socket.on('data', (chunk) => answers.push(chunk.toString('latin1')));
    socket.on('error', () => {});
    socket.on('close', () => {
      ended += 1;
    });
    return socket;
  });
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
  for (const [i, socket] of sockets.entries()) socket.write(requests[Math.floor(i / servers.length) % queues.length]);
  return {
    wakeUp: actions[0].send.input(),
    async oneAnswered(sendOne) {
      if (answers.length + ended > 0) throw new Error(`${answers.length + ended} polls did not wait.`);
      const arrived = Promise.race(
        sockets.map((socket) => once(socket, 'data', { signal: AbortSignal.timeout(ANSWER_LIMIT_MS) })),
      );
      await Promise.all([arrived, sendOne()]);
      if (answers.length !== 1 || !answers[0].includes('"ReceiptHandle":"')) {
        throw new Error('A message did not wake exactly one of the polls that wait.');
      }
    },
    close() {
      for (const socket of sockets) socket.destroy();
    },
  };
}
