/**
 * Queue URLs, read and written (sqs-wire.md §1.1).
 *
 * A queue is named by account, region and name. We accept any host, since containers and proxies see other names than
 * we do, and read the last two or three segments of the path; answers name our own address.
 */
import type { QueueRecord } from './queue.ts';

export interface QueueAddress {
  /** Undefined: the caller's own. */
  account?: string;
  region?: string;
  name: string;
}

const REGION = /^[a-z]{2}(?:-[a-z]+){1,3}-\d{1,2}$/;
const ACCOUNT = /^\d{12}$/;
const URL_FORM = /^(?:[A-Za-z][A-Za-z0-9+.-]{0,20}:\/\/([^/?#]{1,300}))?(\/[^?#]*)$/;

/** The region that a host name such as `sqs.eu-west-1.amazonaws.com` or `eu-west-1.queue.…` names. */
export function regionOfHost(host: string): string | undefined {
  const [first = '', second = ''] = host.split('.', 2);
  if (first === 'sqs' && REGION.test(second)) return second;
  return second === 'queue' && REGION.test(first) ? first : undefined;
}

/** What a path names when it ends `/<account>/<name>` or `/<region>/<account>/<name>`, else undefined. */
export function addressOfPath(path: string): QueueAddress | undefined {
  const segments = path.split('/').filter((segment) => segment !== '');
  const name = segments.at(-1);
  const account = segments.at(-2);
  if (name === undefined || account === undefined || !ACCOUNT.test(account)) return undefined;
  const region = segments.at(-3);
  return region !== undefined && REGION.test(region) ? { account, region, name } : { account, name };
}

/** What the latest QueueUrls named: a client asks for the same few again and again. */
const known = new Map<string, QueueAddress | undefined>();
const REMEMBERED = 1000;

/** What a QueueUrl names: a URL on any host, a path, or a bare name; undefined when it names no queue. */
export function addressOf(queueUrl: string): QueueAddress | undefined {
  if (known.has(queueUrl)) return known.get(queueUrl);
  const address = read(queueUrl);
  if (known.size >= REMEMBERED) known.clear();
  if (queueUrl.length < 400) known.set(queueUrl, address);
  return address;
}

function read(queueUrl: string): QueueAddress | undefined {
  if (!queueUrl.includes('/')) return { name: queueUrl };
  const [, host, path] = URL_FORM.exec(queueUrl) ?? [];
  const address = path === undefined ? undefined : addressOfPath(path);
  if (address === undefined || address.region !== undefined || host === undefined) return address;
  const region = regionOfHost(host);
  return region === undefined ? address : { ...address, region };
}

/** The URL of a queue at `origin` (`http://host:port`). The default region is left out, so that equal names in two regions differ. */
export function urlOf(origin: string, queue: QueueRecord, defaultRegion: string): string {
  const region = queue.region === defaultRegion ? '' : `/${queue.region}`;
  return `${origin}${region}/${queue.account}/${queue.name}`;
}
