/**
 * Bytes in, bytes out: node:http with limits, one read of the body, one face found, one reply written. What people and
 * browsers call (/v1 but the queue endpoint, /health) goes on to the Express application on the same port; the paths
 * that machines call all day do not pass it.
 */
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { ServiceError } from '../contract/errors.ts';
import type { Face, HttpRequest, Reply } from '../contract/face.ts';
import type { Dispatch } from '../dispatch.ts';
import type { Client } from '../engine/pump.ts';
import { newId } from '../model/ids.ts';

/** 1 MiB of message with every byte written as \uXXXX, and what stands around it (reliability.md S14). */
const BODY_LIMIT = 6.5 * 1024 * 1024;

/** Limits of reliability.md S14. `requestTimeout` counts receiving only, so a long poll is not cut. */
const LIMITS = {
  maxHeaderSize: 16 * 1024,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 5_000,
};
const MAX_HEADERS = 64;
const MAX_CONNECTIONS = 20_000;

const WEB = /^\/(?:v1|health|docs|openapi\.json|metrics)(?:[/?]|$)/;
const REST_QUEUE = /^\/v1\/queue\/[^/?]+\/?(?:\?|$)/;

export interface ServerOptions {
  /** The first that matches a request answers it. */
  faces: readonly Face[];
  /** Says what is refused before `web` sees it. */
  webFace: Face;
  dispatch: Dispatch;
  /** Answers what is not for a face. */
  web: (request: IncomingMessage, response: ServerResponse) => void;
  host: string;
  ports: readonly number[];
}

export interface HttpServer {
  /** The ports that are listened on; a port 0 has become a real one. */
  ports: number[];
  /** No new connections; answers what is under way within `withinMs`, then cuts what is left. */
  close(withinMs: number): Promise<void>;
}

/** Listens on every port, or rejects with the system's error. */
export async function listen(options: ServerOptions): Promise<HttpServer> {
  const handler = requestHandler(options);
  const servers = options.ports.map(() => {
    const server = http.createServer(LIMITS, handler);
    server.maxHeadersCount = MAX_HEADERS;
    server.maxConnections = MAX_CONNECTIONS;
    server.on('clientError', refuseBytes);
    return server;
  });
  await Promise.all(servers.map((server, i) => opened(server, options.ports[i] ?? 0, options.host)));
  return {
    ports: servers.map((server) => (server.address() as AddressInfo).port),
    close: async (withinMs) => {
      handler.closing = true;
      await Promise.all(servers.map((server) => closed(server, withinMs)));
    },
  };
}

/** What never became a request still gets an answer that says so. */
function refuseBytes({ code }: NodeJS.ErrnoException, socket: Duplex): void {
  const status = UNREADABLE[code ?? ''] ?? '400 Bad Request';
  const body = JSON.stringify({ detail: `The request could not be read: ${status.slice(4)}.` });
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const headers = `Connection: close\r\nContent-Type: application/json\r\nContent-Length: ${body.length}`;
  socket.end(`HTTP/1.1 ${status}\r\n${headers}\r\n\r\n${body}`);
}

const UNREADABLE: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

function opened(server: http.Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host, backlog: 1024 }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function closed(server: http.Server, withinMs: number): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), withinMs);
    server.close(() => {
      clearTimeout(cut);
      resolve();
    });
    server.closeIdleConnections();
  });
}

interface Handler {
  (request: IncomingMessage, response: ServerResponse): void;
  /** While closing, every reply ends its connection. */
  closing: boolean;
}

function requestHandler({ faces, webFace, dispatch, web }: ServerOptions): Handler {
  const handler: Handler = (incoming, response) => {
    if (handler.closing) response.shouldKeepAlive = false;
    const target = incoming.url ?? '/';
    if (WEB.test(target) && !REST_QUEUE.test(target)) {
      const refusal = unacceptable(incoming);
      if (refusal === undefined) web(incoming, response);
      else write(response, dispatch.refuse(webFace, refusal, head(incoming, EMPTY)));
      return;
    }
    readBody(incoming, (error, body) => {
      const request = head(incoming, body);
      const client = new Connection(incoming.socket);
      answer(request, error ?? unacceptable(incoming), client).then(
        (reply) => write(response, reply, error !== undefined || handler.closing),
        () => response.destroy(),
      );
    });
  };
  handler.closing = false;

  async function answer(request: HttpRequest, refusal: ServiceError | undefined, client: Client): Promise<Reply> {
    for (const face of faces) {
      const match = face.match(request);
      if (match === undefined) continue;
      return refusal ? dispatch.refuse(face, refusal, request) : dispatch.handle(face, match, request, client);
    }
    return { status: 404, headers: { 'content-type': 'application/json' }, body: NOT_HERE };
  }

  return handler;
}

const NOT_HERE = JSON.stringify({
  detail:
    'Nothing is served here. AWS SDKs use / as the endpoint, the REST API is under /v1, and /health tells how the server is.',
});
const EMPTY = Buffer.alloc(0);

/** The request as faces see it. */
function head(incoming: IncomingMessage, body: Buffer): HttpRequest {
  const target = incoming.url ?? '/';
  const mark = target.indexOf('?');
  const path = mark < 0 ? target : target.slice(0, mark);
  return {
    method: incoming.method ?? 'GET',
    path: path.includes('%') ? decoded(path) : path,
    query: mark < 0 ? '' : target.slice(mark + 1),
    headers: incoming.headers,
    body,
    id: newId(),
    remote: incoming.socket.remoteAddress ?? '',
  };
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** What node's parser lets through and we do not: see reliability.md S13 and S15. */
function unacceptable(incoming: IncomingMessage): ServiceError | undefined {
  const bad = (text: string) => new ServiceError('InvalidParameterValue', text);
  if (!incoming.url?.startsWith('/')) return bad('The request target must be a path.');
  const { headers, rawHeaders } = incoming;
  if (headers.host && !HOST.test(headers.host))
    return bad('The header Host must be a host name, with or without a port.');
  if (twice(rawHeaders)) return bad('The headers Host, Authorization and X-Amz-Date may be sent only once.');
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') {
    return new ServiceError(
      'UnsupportedMediaType',
      `Content-Encoding ${JSON.stringify(encoding)} is not supported; send the body as it is.`,
    );
  }
  return undefined;
}

/** Node keeps the first of two Host or Authorization headers silently; two readers could see two requests. */
function twice(rawHeaders: string[]): boolean {
  let host = 0;
  let authorization = 0;
  let date = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!;
    if (name.length === 4 && name.toLowerCase() === 'host') host += 1;
    else if (name.length === 13 && name.toLowerCase() === 'authorization') authorization += 1;
    else if (name.length === 10 && name.toLowerCase() === 'x-amz-date') date += 1;
  }
  return host > 1 || authorization > 1 || date > 1;
}

/** What may stand in a QueueUrl that is built from it. */
const HOST = /^(?:\[[\da-fA-F:.]{2,45}\]|[\w.-]{1,253})(?::\d{1,5})?$/;

const TOO_LARGE = () => new ServiceError('RequestTooLarge', `The request is larger than ${BODY_LIMIT} bytes.`);

/** Reads a body whole, or stops at the limit. Calls back once; never when the client goes away before the end. */
function readBody(incoming: IncomingMessage, then: (error: ServiceError | undefined, body: Buffer) => void): void {
  const declared = Number(incoming.headers['content-length'] ?? 0);
  if (declared > BODY_LIMIT) {
    then(TOO_LARGE(), EMPTY);
    return;
  }
  let chunks: Buffer[] | undefined = [];
  let size = 0;
  incoming.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (chunks === undefined) return;
    if (size > BODY_LIMIT) {
      chunks = undefined;
      then(TOO_LARGE(), EMPTY);
    } else {
      chunks.push(chunk);
    }
  });
  incoming.on('end', () => {
    if (chunks === undefined) return;
    then(undefined, chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks));
  });
}

/** The connection of a request, for an action that waits. The socket, since a pipelined reply has none of its own yet. */
class Connection implements Client {
  private readonly socket: Socket;
  constructor(socket: Socket) {
    this.socket = socket;
  }
  get gone(): boolean {
    return this.socket.destroyed;
  }
  onGone(listener: () => void): () => void {
    this.socket.once('close', listener);
    return () => this.socket.off('close', listener);
  }
}

function write(response: ServerResponse, reply: Reply, last = false): void {
  if (response.destroyed) return;
  if (last) response.shouldKeepAlive = false;
  const length = typeof reply.body === 'string' ? Buffer.byteLength(reply.body) : 0;
  reply.headers['content-length'] = String(length);
  response.writeHead(reply.status, reply.headers);
  response.end(reply.body);
}
