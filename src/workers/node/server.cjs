'use strict';
// The wire to the host: HTTP on a free loopback port, every request with the token.
//
//   GET  /functions  waits until the app is loaded, answers its functions
//   GET  /events     NDJSON log lines for as long as the host lives
//   POST /invoke     `u32be length of meta | meta JSON | raw body`, both ways

const http = require('node:http');
const { timingSafeEqual } = require('node:crypto');
const { result } = require('./convert.cjs');

const EMPTY = Buffer.alloc(0);
const CUT_OFF = 'the host ended a call early';
// Bodies up to this many bytes are copied behind their meta: that is shorter than to write twice.
const JOINED = 16 * 1024;

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
  const handler = HANDLERS[`${request.method} ${request.url}`];
  if (!handler) {
    response.writeHead(404).end();
    return;
  }
  Promise.resolve(handler(request, response)).catch((error) => response.destroy(error));
}

const HANDLERS = { __proto__: null, 'GET /functions': functions, 'GET /events': events, 'POST /invoke': invoke };

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
  const streams = parts.stream.isOn();
  const call = await (streams ? readHead(request) : readCall(request));
  try {
    if (streams) {
      await parts.stream.invoke(call, request, response, parts.invoke, frame);
      return;
    }
    const [meta, body] = result(await parts.invoke(call));
    send(response, meta, body);
  } catch (error) {
    if (response.headersSent) response.destroy();
    else send(response, { kind: 'error', error: parts.describe(error) }, EMPTY);
  }
}

function send(response, meta, body) {
  const head = frame(meta);
  response.sendDate = false;
  response.writeHead(200, { 'content-length': head.length + body.length });
  if (body.length > JOINED) {
    response.write(head);
    response.end(body);
    return;
  }
  // Text goes out with the head in one write. These characters are bytes, whatever they stand for.
  response.end(head.latin1Slice() + body.latin1Slice(), 'latin1');
}

function frame(meta) {
  const json = JSON.stringify(meta);
  const length = Buffer.byteLength(json);
  const head = Buffer.allocUnsafe(4 + length);
  head.writeUInt32BE(length);
  head.write(json, 4);
  return head;
}

// A whole call.
function readCall(request) {
  return new Promise((resolve, reject) => {
    const chunks = [];
    const onEnd = () => {
      const seen = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
      const end = endOfMeta(seen);
      if (seen.length < end) reject(new Error(CUT_OFF));
      else resolve({ meta: metaOf(seen, end), body: seen.subarray(end) });
    };
    request.on('data', (chunk) => chunks.push(chunk)).on('end', onEnd).on('error', reject);
  });
}

// Reads the meta only; what follows stays in the request, for those who stream it.
function readHead(request) {
  return new Promise((resolve, reject) => {
    let seen = EMPTY;
    const onData = (chunk) => {
      seen = seen.length === 0 ? chunk : Buffer.concat([seen, chunk]);
      const end = endOfMeta(seen);
      if (seen.length < end) return;
      request.pause();
      cleanup();
      // Of the body alone; unknown when it comes in chunks.
      const length = request.headers['content-length'];
      const bodyLength = length === undefined ? undefined : Number(length) - end;
      resolve({ meta: metaOf(seen, end), rest: seen.subarray(end), bodyLength });
    };
    const onEnd = () => reject(new Error(CUT_OFF));
    const cleanup = () => {
      request.off('data', onData);
      request.off('end', onEnd);
      request.off('error', reject);
    };
    request.on('data', onData).on('end', onEnd).on('error', reject);
  });
}

// Where the body begins, once enough is there to tell.
function endOfMeta(seen) {
  return seen.length < 4 ? Infinity : 4 + seen.readUInt32BE(0);
}

function metaOf(seen, end) {
  return JSON.parse(seen.toString('utf8', 4, end));
}

module.exports = { listen, index, frame };
