'use strict';
// The wire to the host: HTTP on a free loopback port, every request with the token.
//
//   GET  /functions  waits until the app is loaded, answers its functions
//   GET  /events     NDJSON log lines for as long as the host lives
//   POST /invoke     `u32be length of meta | meta JSON | raw body`, both ways

const http = require('node:http');
const { timingSafeEqual } = require('node:crypto');
const { result } = require('./convert.cjs');

let loaded;
let parts;
let token;

function listen(config, given) {
  parts = given;
  token = Buffer.from(config.token);
  const server = http.createServer({ keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0 }, answer);
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      // The first line of standard output; the token says that it is ours and not the app's.
      process.stdout.write(`${config.ready} ${server.address().port}\n`);
      resolve();
    });
  });
}

function index(promise) {
  loaded = promise;
}

function answer(request, response) {
  const given = Buffer.from(String(request.headers['x-cygnet-token'] || ''));
  if (given.length !== token.length || !timingSafeEqual(given, token)) {
    response.writeHead(403).end();
    return;
  }
  const handler = { 'GET /functions': functions, 'GET /events': events, 'POST /invoke': invoke }[`${request.method} ${request.url}`];
  if (!handler) {
    response.writeHead(404).end();
    return;
  }
  Promise.resolve(handler(request, response)).catch((error) => response.destroy(error));
}

async function functions(_request, response) {
  const body = JSON.stringify(await loaded);
  response.writeHead(200, { 'content-type': 'application/json' }).end(body);
}

function events(request, response) {
  response.writeHead(200, { 'content-type': 'application/x-ndjson' });
  response.flushHeaders();
  parts.events.attach(response);
  // The host holds this connection for as long as it lives; a worker must not outlive its host.
  response.on('close', () => process.exit(0));
}

async function invoke(request, response) {
  const call = await readCall(request);
  try {
    if (parts.stream.isOn()) {
      await parts.stream.invoke(call, request, response, parts.invoke, frame);
      return;
    }
    call.body = await readRest(call.rest, request);
    const [meta, body] = result(await parts.invoke(call));
    send(response, meta, body);
  } catch (error) {
    if (response.headersSent) response.destroy();
    else send(response, { kind: 'error', error: parts.describe(error) }, Buffer.alloc(0));
  }
}

function send(response, meta, body) {
  const head = frame(meta);
  response.writeHead(200, { 'content-length': head.length + body.length });
  response.write(head);
  response.end(body);
}

function frame(meta) {
  const json = Buffer.from(JSON.stringify(meta), 'utf8');
  const length = Buffer.alloc(4);
  length.writeUInt32BE(json.length);
  return Buffer.concat([length, json]);
}

// Reads the meta only; what follows stays in the request, for those who stream it.
function readCall(request) {
  return new Promise((resolve, reject) => {
    let seen = Buffer.alloc(0);
    const onData = (chunk) => {
      seen = seen.length === 0 ? chunk : Buffer.concat([seen, chunk]);
      if (seen.length < 4) return;
      const end = 4 + seen.readUInt32BE(0);
      if (seen.length < end) return;
      request.pause();
      cleanup();
      // Of the body alone; unknown when it comes in chunks.
      const length = request.headers['content-length'];
      const bodyLength = length === undefined ? undefined : Number(length) - end;
      resolve({ meta: JSON.parse(seen.toString('utf8', 4, end)), rest: seen.subarray(end), bodyLength });
    };
    const onEnd = () => reject(new Error('the host ended a call early'));
    const cleanup = () => {
      request.off('data', onData);
      request.off('end', onEnd);
      request.off('error', reject);
    };
    request.on('data', onData).on('end', onEnd).on('error', reject);
  });
}

async function readRest(first, request) {
  const chunks = [first];
  for await (const chunk of request) chunks.push(chunk);
  return chunks.length === 1 ? first : Buffer.concat(chunks);
}

module.exports = { listen, index, frame };
