import type { IncomingMessage, ServerResponse } from 'node:http';
export const restApp = (_: unknown) => (_req: IncomingMessage, res: ServerResponse) => { res.setHeader('content-type','application/json'); res.end('{"message":"FastQueue is running!"}'); };
