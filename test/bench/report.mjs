/** Tables: in the terminal and, as they are, in the README. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir, totalmem } from 'node:os';
import { CONNECTIONS, wrkVersion } from './load.mjs';
import { cores, pinned } from './processes.mjs';
import { redisVersion } from './redis.mjs';

const BUSY = 0.9;
/** A machine that does nothing else has less. */
const QUIET_LOAD = 0.5;

const read = (path) => JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'));
const sorted = (numbers) => numbers.toSorted((a, b) => a - b);
const median = (numbers) => sorted(numbers)[Math.floor(numbers.length / 2)];
export const whole = (number) => Math.round(number).toLocaleString('en');

/** What was measured, where and how: lines of text. */
export function header({ rounds, seconds }) {
  const version = read('../../package.json').version;
  const lmdb = read('../../node_modules/lmdb/package.json').version;
  const disk = execFileSync('stat', ['-f', '-c', '%T', tmpdir()], { encoding: 'utf8' }).trim();
  const [load] = loadavg();
  const memory = Math.round(totalmem() / 1e9);
  return [
    `FastQueue ${version}, node ${process.versions.node}, lmdb ${lmdb}, ${wrkVersion ?? 'no wrk'}, ${redisVersion ? `redis ${redisVersion}` : 'no redis'}; ${new Date().toISOString().slice(0, 10)}`,
    `${cores} cores of ${cpus()[0].model.trim()}, ${memory} GB, data on ${disk}`,
    `${CONNECTIONS} connections, bodies of 100 bytes, profile dev, ${rounds} rounds of ${seconds} s, all servers in turn`,
    pinned
      ? 'The server has core 0 alone, the generator the others; Redis has core 1, which the generator may use too.'
      : 'CAUTION: servers and generator share their cores (no taskset, or one core).',
    ...(load > QUIET_LOAD
      ? [`CAUTION: the machine was busy before (load ${load.toFixed(1)}): these figures say little.`]
      : []),
    ...(wrkVersion ? [] : ['CAUTION: no wrk here; autocannon may be slower than the servers it measures.']),
    ...(disk === 'tmpfs' ? ['CAUTION: the data is in memory, so flushes cost nothing; set TMPDIR to a disk.'] : []),
  ];
}

/** A Markdown table with its columns lined up; numbers, and what begins with one, to the right. */
function table(head, rows) {
  const all = [head, ...rows];
  const widths = head.map((_, i) => Math.max(3, ...all.map((row) => row[i].length)));
  const right = head.map((_, i) => i > 0 && rows.every((row) => /^[\d–]|^$/.test(row[i])));
  const line = (cells) =>
    `| ${cells.map((cell, i) => (right[i] ? cell.padStart(widths[i]) : cell.padEnd(widths[i]))).join(' | ')} |`;
  const rule = `|${widths.map((width, i) => (right[i] ? `${'-'.repeat(width + 1)}:` : '-'.repeat(width + 2))).join('|')}|`;
  return [line(head), rule, ...rows.map(line)].join('\n');
}

const verdict = (good) => (good ? 'ok' : 'SHORT');

/** Each round's own ratio, so that what drifts between rounds does not count; of these the median. */
function ratioOf(samples, { of, to }) {
  const base = samples.get(to);
  return median(samples.get(of).map(({ perSecond }, round) => perSecond / base[round].perSecond));
}

function rate(samples) {
  const rates = sorted(samples.map(({ perSecond }) => perSecond));
  return `${whole(median(rates))} [${whole(rates[0])}–${whole(rates.at(-1))}]`;
}

function comparison(samples) {
  const middle = (list, key) => median(list.map((sample) => sample[key]));
  const share = (value) => (value === undefined ? '–' : `${whole(value * 100)} %`);
  const rows = [...samples].map(([label, list]) => [
    label,
    rate(list),
    middle(list, 'p50Ms').toFixed(1),
    middle(list, 'p99Ms').toFixed(1),
    share(middle(list, 'busy')),
    share(middle(list, 'redis')),
  ]);
  return table(['server', 'requests/s, median [min–max]', 'p50 ms', 'p99 ms', 'generator', 'Redis'], rows);
}

/** How full the core of the generator was, or the fuller one of the generator's and Redis'. */
const fullness = ({ busy = 0, redis = 0 }) => (cores > 2 ? Math.max(busy, redis) : busy + redis);

/** A generator that has no time left measures itself; where Redis shares its core, that holds for both together. */
function cautions(samples) {
  return [...samples].flatMap(([label, list]) =>
    list.some((sample) => fullness(sample) > BUSY)
      ? [`CAUTION: the generator${list[0].redis ? ', or Redis beside it,' : ''} was the bottleneck for ${label}.`]
      : [],
  );
}

function ratioRow(title, samples, ratio) {
  const { of, to, must, unjudged } = ratio;
  const value = ratioOf(samples, ratio);
  const judged = must === undefined ? ['–', ''] : [`≥ ${must}`, unjudged ?? verdict(value >= must)];
  return [title, `${of} ÷ ${to}`, value.toFixed(2), ...judged];
}

function figureRow({ kind, name, value, unit, most }) {
  return [
    name,
    kind,
    `${value < 10 ? value.toFixed(1) : whole(value)} ${unit}`,
    `≤ ${whole(most)} ${unit}`,
    verdict(value <= most),
  ];
}

const RATIO_HEAD = ['workload', 'ratio', 'value', 'must', ''];
const FIGURE_HEAD = ['figure', 'store', 'value', 'must', ''];

/** The tables of one workload. */
export function report({ title, samples, ratios, figures }) {
  if (figures) return table(FIGURE_HEAD, figures.map(figureRow));
  const rows = ratios.map((ratio) => ratioRow(title, samples, ratio));
  return [comparison(samples), ...cautions(samples), '', table(RATIO_HEAD, rows)].join('\n');
}

/** All results in two tables for the README. */
export function summary(results) {
  const compared = results.filter(({ samples }) => samples);
  const ratios = compared.flatMap(({ title, samples, ratios }) =>
    ratios.map((ratio) => ratioRow(title, samples, ratio)),
  );
  const rates = compared.flatMap(({ title, samples }) =>
    [...samples].map(([label, list]) => [title, label, rate(list)]),
  );
  const figures = results.flatMap(({ figures = [] }) => figures.map(figureRow));
  return [
    ...(rates.length > 0 ? [table(['workload', 'server', 'requests/s, median [min–max]'], rates)] : []),
    ...(ratios.length > 0 ? [table(RATIO_HEAD, ratios)] : []),
    ...(figures.length > 0 ? [table(FIGURE_HEAD, figures)] : []),
  ].join('\n\n');
}
