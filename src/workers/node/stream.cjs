'use strict';
// `app.setup({ enableHttpStream: true })`: the library opens a server of its own and takes the request there.

const http = require('node:http');
const net = require('node:net');
const { pipeline } = require('node:stream');
const { joined } = require('./convert.cjs');

let target = null;

// The library listens on all interfaces; a development machine must not offer that to its network.
function onLoopback() {
  const original = net.Server.prototype.listen;
  net.Server.prototype.listen = function listen(...args) {
    if (args.length === 0 || typeof args[0] === 'function') return original.call(this, 0, '127.0.0.1', ...args);
    if (typeof args[0] === 'number' && typeof args[1] !== 'string') {
      return original.call(this, args[0], '127.0.0.1', ...args.slice(1));
    }
    return original.apply(this, args);
  };
  return () => {
    net.Server.prototype.listen = original;
  };
}

function use(uri) {
  target = uri ? new URL(uri) : null;
}

function isOn() {
  return target !== null;
}

// The library reads headers from `Headers` and takes every other string for a route value.
function metadata(meta) {
  const data = { Headers: { json: JSON.stringify(joined(meta.headers)) } };
  for (const [name, value] of meta.params) data[name] = { string: value };
  return data;
}

async function invoke(call, request, response, run, frame) {
  const { meta } = call;
  const url = new URL(meta.url);
  const headers = { ...joined(meta.headers) };
  for (const name of ['connection', 'transfer-encoding', 'content-length', 'expect', 'upgrade']) delete headers[name];
  // Node.js frames no body by itself for GET, DELETE and the like.
  if (call.bodyLength === undefined) headers['transfer-encoding'] = 'chunked';
  else headers['content-length'] = call.bodyLength;
  headers['x-ms-invocation-id'] = meta.invocationId;
  headers['x-forwarded-host'] = url.host;
  headers['x-forwarded-proto'] = url.protocol.slice(0, -1);
  const forward = http.request({
    host: '127.0.0.1',
    port: target.port,
    method: meta.method,
    path: url.pathname + url.search,
    headers,
  });
  forward.flushHeaders();
  forward.write(call.rest);
  pipeline(request, forward, () => {});
  response.on('close', () => forward.destroy());

  const replied = new Promise((resolve, reject) => {
    forward.on('error', reject);
    forward.on('response', (reply) => {
      response.writeHead(200);
      response.write(frame({ kind: 'stream', status: String(reply.statusCode), headers: pairs(reply.rawHeaders) }));
      pipeline(reply, response, (error) => (error ? reject(error) : resolve()));
    });
  });
  try {
    await Promise.all([run(call), replied]);
  } catch (error) {
    // Both halves must end, and the second failure is only an echo of the first.
    replied.catch(() => {});
    forward.destroy();
    throw error;
  }
}

function pairs(raw) {
  const list = [];
  for (let i = 0; i < raw.length; i += 2) list.push([raw[i], raw[i + 1]]);
  return list;
}

module.exports = { onLoopback, use, isOn, metadata, invoke };
