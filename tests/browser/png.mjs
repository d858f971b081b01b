// Screenshots as small files: rows of flat colours compress better as they are than by the differences that browsers write.

import { crc32, deflateSync, inflateSync } from "node:zlib";

/** The same picture in fewer bytes; for 8 bits a colour, as Chromium writes it. */
export function smaller(png) {
  const width = png.readUInt32BE(16);
  const height = png.readUInt32BE(20);
  const depth = png[25] === 6 ? 4 : 3;
  const parts = chunks(png);
  const data = inflateSync(Buffer.concat(parts.filter(([name]) => name === "IDAT").map(([, body]) => body)));
  const header = parts.find(([name]) => name === "IHDR")[1];
  return Buffer.concat([png.subarray(0, 8), chunk("IHDR", header), chunk("IDAT", deflateSync(plain(data, width * depth, height, depth), { level: 9, memLevel: 9 })), chunk("IEND", Buffer.alloc(0))]);
}

function chunks(png) {
  const found = [];
  for (let at = 8; at < png.length; ) {
    const length = png.readUInt32BE(at);
    found.push([png.toString("latin1", at + 4, at + 8), png.subarray(at + 8, at + 8 + length)]);
    at += length + 12;
  }
  return found;
}

function chunk(name, body) {
  const named = Buffer.concat([Buffer.from(name, "latin1"), body]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(body.length);
  sum.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, sum]);
}

/** The rows without the filters of PNG: each begins with 0 for "none". */
function plain(data, stride, height, depth) {
  const rows = Buffer.alloc((stride + 1) * height);
  for (let y = 0; y < height; y += 1) {
    const row = y * (stride + 1) + 1;
    const filter = data[row - 1];
    for (let x = 0; x < stride; x += 1) {
      const left = x >= depth ? rows[row + x - depth] : 0;
      const up = y > 0 ? rows[row + x - stride - 1] : 0;
      const corner = x >= depth && y > 0 ? rows[row + x - stride - 1 - depth] : 0;
      const guess = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter];
      rows[row + x] = (data[row + x] + guess) & 255;
    }
  }
  return rows;
}

function paeth(left, up, corner) {
  const [toLeft, toUp, toCorner] = [Math.abs(up - corner), Math.abs(left - corner), Math.abs(left + up - 2 * corner)];
  if (toLeft <= toUp && toLeft <= toCorner) return left;
  return toUp <= toCorner ? up : corner;
}
