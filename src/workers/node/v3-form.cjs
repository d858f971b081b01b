'use strict';
// `req.parseFormBody()` of the v3 model: synchronous, multipart and urlencoded.

class Form {
  #parts;

  constructor(parts) {
    this.#parts = parts;
  }

  get(name) {
    const found = this.#parts.find(([key]) => key === name);
    return found ? found[1] : null;
  }

  getAll(name) {
    return this.#parts.filter(([key]) => key === name).map(([, part]) => part);
  }

  has(name) {
    return this.#parts.some(([key]) => key === name);
  }

  get length() {
    return this.#parts.length;
  }

  [Symbol.iterator]() {
    return this.#parts[Symbol.iterator]();
  }
}

function parameter(header, name) {
  const match = new RegExp(`;\\s*${name}=(?:"((?:\\\\.|[^"\\\\])*)"|([^;]*))`, 'i').exec(header);
  if (!match) return undefined;
  return match[1] !== undefined ? match[1].replace(/\\(.)/g, '$1') : match[2].trim();
}

function parseForm(body, contentType) {
  const type = contentType.split(';')[0].trim().toLowerCase();
  if (type === 'application/x-www-form-urlencoded') {
    const pairs = [...new URLSearchParams(body.toString('utf8'))];
    return new Form(pairs.map(([name, value]) => [name, { value: Buffer.from(value) }]));
  }
  if (type === 'multipart/form-data') {
    const boundary = parameter(contentType, 'boundary');
    if (!boundary) throw new Error('The content-type of a multipart form must name its boundary.');
    return new Form(multipart(body, boundary));
  }
  throw new Error(`Media type "${type}" does not match types supported for form parsing: "multipart/form-data", "application/x-www-form-urlencoded".`);
}

function multipart(body, boundary) {
  const parts = [];
  const delimiter = Buffer.from(`\r\n--${boundary}`);
  // The first delimiter may stand at the very start, without its line break.
  const text = Buffer.concat([Buffer.from('\r\n'), body]);
  let at = text.indexOf(delimiter);
  while (at >= 0) {
    const start = at + delimiter.length;
    if (text.toString('latin1', start, start + 2) === '--') break;
    const next = text.indexOf(delimiter, start);
    if (next < 0) break;
    const lineEnd = text.indexOf('\r\n', start);
    const headEnd = text.indexOf('\r\n\r\n', lineEnd);
    if (headEnd >= 0 && headEnd < next) parts.push(part(text.toString('utf8', lineEnd + 2, headEnd), text.subarray(headEnd + 4, next)));
    at = next;
  }
  return parts.filter(([name]) => name !== undefined);
}

function part(head, value) {
  const headers = new Map();
  for (const line of head.split('\r\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) headers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
  const disposition = headers.get('content-disposition') || '';
  const result = { value: Buffer.from(value) };
  const fileName = parameter(disposition, 'filename');
  if (fileName !== undefined) result.fileName = fileName;
  if (headers.has('content-type')) result.contentType = headers.get('content-type');
  return [parameter(disposition, 'name'), result];
}

module.exports = { parseForm };
