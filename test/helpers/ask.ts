/** An HTTP request as it is, for what no client library would send. */
import http from 'node:http';

export interface Asked {
  status: number;
  headers: http.IncomingHttpHeaders;
  text: string;
}

export interface Asking {
  method?: string;
  path?: string;
  headers?: Record<string, string>;
  body?: string | Uint8Array;
  agent?: http.Agent;
}

/** Asks `endpoint`: POST / unless told; Host may be any. Resolves with whatever is answered. */
export function ask(endpoint: string, asking: Asking): Promise<Asked> {
  const { method = 'POST', path = '/', headers = {}, body = '', agent } = asking;
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(endpoint);
    const request = http.request({ hostname, port, method, path, headers, ...(agent && { agent }) }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
      });
    });
    request.on('error', reject);
    request.end(body);
  });
}

/** A request of the JSON protocol. */
export const jsonAsking = (action: string, body: unknown, headers: Record<string, string> = {}): Asking => ({
  headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `AmazonSQS.${action}`, ...headers },
  body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
});

/** A request of the Query protocol. */
export const formAsking = (parameters: Record<string, string>, headers: Record<string, string> = {}): Asking => ({
  headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
  body: new URLSearchParams(parameters).toString(),
});
