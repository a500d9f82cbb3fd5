// Stands between Weir and the API server, and misbehaves as it is told.
import { createServer, request as send } from 'node:http';
import { request as sendEncrypted } from 'node:https';

export async function faultyProxy(apiPort) {
  // mode: "fair", "cut" (every open answer ends within a second), "refuse" (429 and 500 in turn).
  const proxy = { mode: 'fair', cuts: 0, refusals: 0, port: 0, close: undefined };
  const open = new Set();
  const server = createServer((asked, answer) => {
    if (proxy.mode === 'refuse') {
      proxy.refusals += 1;
      const code = proxy.refusals % 2 === 0 ? 429 : 500;
      answer.writeHead(code, { 'content-type': 'application/json', 'retry-after': '1' });
      return answer.end(JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', message: 'a fault', reason: 'Fault', code }));
    }
    const options = { host: '127.0.0.1', port: apiPort, method: asked.method, path: asked.url, headers: asked.headers, rejectUnauthorized: false };
    const upstream = sendEncrypted(options, (found) => {
      answer.writeHead(found.statusCode, found.headers);
      found.pipe(answer);
      if (asked.url.includes('watch=')) open.add(answer);
    });
    answer.on('close', () => (open.delete(answer), upstream.destroy()));
    upstream.on('error', () => answer.destroy());
    asked.pipe(upstream);
  });
  const timer = setInterval(() => {
    if (proxy.mode === 'fair') return;
    for (const answer of open) (proxy.cuts += 1), answer.destroy();
  }, 1000);
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  proxy.port = server.address().port;
  proxy.close = () => (clearInterval(timer), server.closeAllConnections(), server.close());
  return proxy;
}

// Requests of an administrator, so many at once: method and path, with a body.
export async function ask(port, token, requests, atOnce) {
  const one = ([method, path, body]) =>
    new Promise((done) => {
      const text = body === undefined ? '' : JSON.stringify(body);
      const headers = { authorization: `Bearer ${token}`, 'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json', 'content-length': Buffer.byteLength(text) };
      send({ host: '127.0.0.1', port, method, path, headers }, (answer) => answer.resume().on('end', () => done(answer.statusCode))).on('error', () => done(0)).end(text);
    });
  const codes = new Map();
  const queue = [...requests];
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (let next = queue.pop(); next; next = queue.pop()) {
        const code = await one(next);
        codes.set(code, (codes.get(code) ?? 0) + 1);
      }
    }),
  );
  return codes;
}
