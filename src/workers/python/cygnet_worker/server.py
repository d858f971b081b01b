"""The wire to the host: HTTP on a free loopback port, every request with the token.

GET  /functions  loads the app, answers its functions
GET  /events     NDJSON log lines for as long as the host lives
POST /invoke     `u32be length of meta | meta JSON | raw body`, both ways
"""

import asyncio
import hmac
import json
import os
import struct
import sys

LINE_LIMIT = 64 * 1024


async def listen(config, log, load, calls):
    wire = Wire(config["token"], log, load, calls)
    server = await asyncio.start_server(wire.serve, "127.0.0.1", 0, limit=LINE_LIMIT, backlog=1024)
    port = server.sockets[0].getsockname()[1]
    # The first line of standard output; the word says that it is ours and not the app's.
    sys.stdout.write(f"{config['ready']} {port}\n")
    sys.stdout.flush()


class Wire:
    def __init__(self, token, log, load, calls):
        self._token = token.encode()
        self._log = log
        self._load = load
        self._calls = calls
        self._index = None

    async def serve(self, reader, writer):
        try:
            while True:
                request = await read_head(reader)
                if request is None:
                    return
                method, path, headers = request
                if not hmac.compare_digest(headers.get("x-cygnet-token", "").encode(), self._token):
                    respond(writer, 403, b"")
                    return
                body = await read_body(reader, headers)
                if (method, path) == ("POST", "/invoke"):
                    await self._invoke(reader, writer, body)
                elif (method, path) == ("GET", "/functions"):
                    self._functions(writer)
                elif (method, path) == ("GET", "/events"):
                    await self._events(reader, writer)
                    return
                else:
                    respond(writer, 404, b"")
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            # The host gave the call up.
            pass
        finally:
            writer.close()

    def _functions(self, writer):
        if self._index is None:
            # On this thread, where the app expects its modules to be loaded.
            self._index = self._load()
        respond(writer, 200, json.dumps(self._index).encode())

    async def _events(self, reader, writer):
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/x-ndjson\r\nconnection: close\r\n\r\n")
        self._log.attach(writer.write)
        # The host holds this connection for as long as it lives; a worker must not outlive its host.
        await reader.read()
        os._exit(0)

    async def _invoke(self, reader, writer, body):
        length = struct.unpack_from(">I", body)[0]
        meta = json.loads(body[4 : 4 + length])
        call = asyncio.ensure_future(self._calls.run(meta, bytes(body[4 + length :])))
        # The host sends nothing before the answer: what can be read is the end of the connection.
        gone = asyncio.ensure_future(reader.read(1))
        await asyncio.wait((call, gone), return_when=asyncio.FIRST_COMPLETED)
        if not call.done():
            call.cancel()
            await asyncio.wait((call,))
            raise ConnectionResetError
        gone.cancel()
        await asyncio.wait((gone,))
        if not gone.cancelled():
            raise ConnectionResetError
        result, payload = call.result()
        head = json.dumps(result).encode()
        respond(writer, 200, struct.pack(">I", len(head)) + head, payload)


def respond(writer, status, *parts):
    length = sum(len(part) for part in parts)
    head = f"HTTP/1.1 {status} \r\ncontent-length: {length}\r\n\r\n".encode()
    if length < LINE_LIMIT:
        writer.write(b"".join((head, *parts)))
        return
    writer.write(head)
    for part in parts:
        writer.write(part)


async def read_head(reader):
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    lines = head.decode("latin-1").split("\r\n")
    method, path, _ = lines[0].split(" ", 2)
    headers = {}
    for line in lines[1:]:
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    return method, path, headers


async def read_body(reader, headers):
    if "chunked" in headers.get("transfer-encoding", "").lower():
        body = bytearray()
        while True:
            size = int((await reader.readuntil(b"\r\n")).split(b";")[0], 16)
            chunk = await reader.readexactly(size + 2)
            if size == 0:
                return body
            body += memoryview(chunk)[:size]
    length = int(headers.get("content-length", "0"))
    return await reader.readexactly(length) if length else b""
