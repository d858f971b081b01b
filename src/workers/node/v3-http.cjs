'use strict';
// `context.req` and `context.res` of the v3 model.

const { joined, tryParse } = require('./convert.cjs');
const { parseForm } = require('./v3-form.cjs');

const OCTETS = 'application/octet-stream';

// Text by its byte order mark, UTF-8 without one.
function decode(buffer) {
  if (buffer[0] === 0xfe && buffer[1] === 0xff) return Buffer.from(buffer.subarray(2, buffer.length & ~1)).swap16().toString('utf16le');
  if (buffer[0] === 0xff && buffer[1] === 0xfe) return buffer.toString('utf16le', 2);
  if (buffer[0] === 0xef && buffer[1] === 0xbb && buffer[2] === 0xbf) return buffer.toString('utf8', 3);
  return buffer.toString('utf8');
}

class Request {
  #user;

  constructor({ meta, body }) {
    this.method = meta.method;
    this.url = meta.url;
    this.originalUrl = meta.url;
    this.headers = joined(meta.headers);
    this.query = joined(meta.query);
    this.params = joined(meta.params);
    if (body.length === 0) return;
    this.bufferBody = body;
    const type = (this.get('content-type') || '').toLowerCase();
    if (type === OCTETS || type.startsWith('multipart/')) {
      this.body = Buffer.from(this.bufferBody);
      this.rawBody = this.bufferBody.toString();
    } else {
      this.rawBody = decode(this.bufferBody);
      this.body = tryParse(this.rawBody);
    }
  }

  get(name) {
    return this.headers[String(name).toLowerCase()];
  }

  get user() {
    if (this.#user === undefined) this.#user = userOf(this.headers);
    return this.#user;
  }

  parseFormBody() {
    const type = this.get('content-type');
    if (!type) throw new Error('"content-type" header must be defined.');
    return parseForm(this.bufferBody || Buffer.alloc(0), type);
  }
}

function userOf(headers) {
  const encoded = headers['x-ms-client-principal'];
  if (!encoded) return null;
  const claimsPrincipalData = JSON.parse(Buffer.from(encoded, 'base64').toString('utf8'));
  if (claimsPrincipalData.identityProvider) {
    return {
      type: 'StaticWebApps',
      id: claimsPrincipalData.userId,
      username: claimsPrincipalData.userDetails,
      identityProvider: claimsPrincipalData.identityProvider,
      claimsPrincipalData,
    };
  }
  return {
    type: 'AppService',
    id: headers['x-ms-client-principal-id'],
    username: headers['x-ms-client-principal-name'],
    identityProvider: headers['x-ms-client-principal-idp'],
    claimsPrincipalData,
  };
}

class Response {
  #done;

  constructor(done) {
    this.#done = done;
    this.headers = {};
    this.cookies = [];
    // Apps pass these on as bare functions, so they are bound.
    this.end = (body) => this.#end(body);
    this.send = this.end;
  }

  #end(body) {
    if (body !== undefined) this.body = body;
    if (Buffer.isBuffer(this.body) && !this.getHeader('content-type')) this.type(OCTETS);
    this.#done();
    return this;
  }

  setHeader(name, value) {
    this.headers[String(name).toLowerCase()] = value;
    return this;
  }

  getHeader(name) {
    return this.headers[String(name).toLowerCase()];
  }

  removeHeader(name) {
    delete this.headers[String(name).toLowerCase()];
    return this;
  }

  status(code) {
    this.statusCode = code;
    return this;
  }

  sendStatus(code) {
    return this.status(code).end();
  }

  type(type) {
    return this.setHeader('content-type', type);
  }

  json(body) {
    this.type('application/json');
    this.send(body);
  }
}
Response.prototype.set = Response.prototype.setHeader;
Response.prototype.header = Response.prototype.setHeader;
Response.prototype.get = Response.prototype.getHeader;

module.exports = { Request, Response };
