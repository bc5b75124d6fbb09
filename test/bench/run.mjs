/**
 * `npm run bench`: FastQueue beside a bare server and a bare durable one, and with Redis beside the embedded store, the
 * same workload in the same run.
 * A wrong answer ends it with exit code 1; a figure that falls short of what it must be is marked, no more.
 */
import { parseArgs } from 'node:util';
import { cleanUp, leaveServerCore } from './processes.mjs';
import { header, report, summary } from './report.mjs';
import { workloads } from './workloads.mjs';

const USAGE = `npm run bench -- [--only ${Object.keys(workloads).join(',')}] [--rounds 3] [--seconds 2] [--long]
  --only     these workloads; \`redis\` for all that begin with \`redis-\`
  --rounds   how often each server is measured, 1 to 100
  --seconds  how long each time, 1 to 600
  --long     the large ones as well: a million waiting messages (in Redis too), 110,000 in flight`;

/** What the command line asks for. @throws with the usage when it is wrong */
function optionsOf(args) {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: 'string' },
      rounds: { type: 'string', default: '3' },
      seconds: { type: 'string', default: '2' },
      long: { type: 'boolean', default: false },
    },
  });
  const within = (name, most) => {
    const number = Number(values[name]);
    if (Number.isInteger(number) && number >= 1 && number <= most) return number;
    throw new Error(`--${name} takes 1 to ${most}.`);
  };
  const all = Object.keys(workloads);
  const named = (given) => {
    const found = all.filter((name) => name === given || name.startsWith(`${given}-`));
    if (found.length === 0) throw new Error(`There is no workload ${JSON.stringify(given)}.`);
    return found;
  };
  const names = values.only?.split(',').flatMap(named) ?? all.filter((name) => values.long || !workloads[name].long);
  return { names, rounds: within('rounds', 100), seconds: within('seconds', 600), long: values.long };
}

async function run({ names, ...options }) {
  leaveServerCore();
  const about = header(options);
  console.log(`${about.join('\n')}\n`);
  const results = [];
  for (const name of names) {
    const { title, run, skip } = workloads[name];
    console.log(`== ${title}`);
    if (skip) {
      console.log(`   skipped: ${skip}\n`);
      continue;
    }
    const result = { title, ...(await run({ ...options, say: (text) => console.log(`   ${text}`) })) };
    results.push(result);
    console.log(`\n${report(result)}\n`);
  }
  console.log(`== For the README\n\n${about.join('  \n')}\n\n${summary(results)}`);
}

process.on('exit', cleanUp);
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
]) {
  process.on(signal, () => process.exit(code));
}

let options;
try {
  options = optionsOf(process.argv.slice(2));
} catch (error) {
  console.error(`${error.message}\n${USAGE}`);
  process.exit(2);
}
run(options).catch((error) => {
  console.error(`\nFAILED: ${error.message}`);
  process.exitCode = 1;
  process.exit();
});
