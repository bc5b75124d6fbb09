/**
 * A server that kills itself at a step of a move between queues: `MORTAL=arrive:before:7` dies when it is about to take the
 * step `arrive` for the seventh time, `conclude:after:1` when it has concluded once. What was done before that step is on
 * disk by then, so that it is this boundary at which it dies. Without MORTAL it lives on.
 */
import { startFastQueue } from '../../dist/src/index.js';

const server = await startFastQueue();
const { messages } = server.store;
const [step, when, nth] = (process.env.MORTAL ?? '').split(':');
const die = () => process.kill(process.pid, 'SIGKILL');

if (step !== '') {
  const real = messages[step];
  const { conclude } = messages;
  let calls = 0;
  messages[step] = async (queue, ...rest) => {
    calls += 1;
    if (calls < Number(nth)) return real(queue, ...rest);
    if (when === 'before') await conclude(queue, []);
    else await real(queue, ...rest);
    die();
    return new Promise(() => {});
  };
}

process.once('SIGTERM', () => server.close().then(() => process.exit(0)));
process.stdout.write(server.summary);
