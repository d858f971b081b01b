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
                body = Body(reader, headers)
                if (method, path) == ("POST", "/invoke"):
                    if not await self._invoke(reader, writer, body):
                        return
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
        """Whether the connection may be used again."""
        first = await body.at_least(4)
        length = struct.unpack_from(">I", first)[0]
        first = await body.at_least(4 + length)
        meta = json.loads(first[4 : 4 + length])
        if self._calls.streams(meta["name"]):
            body.skip(4 + length)
            await self._stream(reader, writer, body, meta)
            return False
        whole = await body.rest()
        await self._call(reader, writer, meta, bytes(memoryview(whole)[4 + length :]))
        return True

    async def _call(self, reader, writer, meta, body):
        call = asyncio.ensure_future(self._calls.run(meta, body))
        # The host sends nothing before the answer: what can be read is the end of the connection.
        gone = asyncio.ensure_future(reader.read(1))
        await asyncio.wait((call, gone), return_when=asyncio.FIRST_COMPLETED)
        if not call.done():
            # As in Azure, a function runs to its end whoever waits for it; nobody hears what becomes of it.
            await asyncio.wait((call,))
            self._calls.unheard(meta, call.result()[0])
            raise ConnectionResetError
        gone.cancel()
        await asyncio.wait((gone,))
        if not gone.cancelled():
            raise ConnectionResetError
        result, payload = call.result()
        head = json.dumps(result).encode()
        respond(writer, 200, struct.pack(">I", len(head)) + head, payload)


    async def _stream(self, reader, writer, body, meta):
        begun = False
        is_told = False
        left = asyncio.Event()

        async def gone():
            await body.over.wait()
            # Nothing more is sent: what can be read is the end of the connection.
            await reader.read(1)
            left.set()

        def chunk(data):
            writer.write(b"%x\r\n" % len(data))
            writer.write(data)
            writer.write(b"\r\n")

        async def receive():
            nonlocal is_told
            data = await body.chunk()
            # The end of the body is told once, that of an absent one too; then nothing comes but the caller's leaving.
            if data is None and is_told:
                await left.wait()
                return {"type": "http.disconnect"}
            is_told = body.is_over
            return {"type": "http.request", "body": bytes(data or b""), "more_body": not is_told}

        async def send(event):
            nonlocal begun
            if left.is_set():
                raise ConnectionResetError
            if event["type"] == "http.response.start":
                begun = True
                headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in event["headers"]]
                told = json.dumps({"kind": "stream", "status": str(event["status"]), "headers": headers}).encode()
                writer.write(b"HTTP/1.1 200 \r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n")
                chunk(struct.pack(">I", len(told)) + told)
            else:
                data = event.get("body", b"")
                if data:
                    chunk(data)
                if not event.get("more_body", False):
                    writer.write(b"0\r\n\r\n")
            # A slow reader holds the function up, not our memory.
            await writer.drain()

        call = asyncio.ensure_future(self._calls.run_streaming(meta, receive, send))
        watch = asyncio.ensure_future(gone())
        await asyncio.wait((call, watch), return_when=asyncio.FIRST_COMPLETED)
        watch.cancel()
        if not call.done():
            # A stream that nobody reads ends; a function that has not answered runs to its end.
            if begun:
                call.cancel()
            await asyncio.wait((call,))
            if not call.cancelled() and call.exception() is None:
                self._calls.unheard(meta, call.result())
            raise ConnectionResetError
        failed = call.result()
        if failed is not None and not begun:
            told = json.dumps(failed).encode()
            respond(writer, 200, struct.pack(">I", len(told)) + told)
        await writer.drain()


class Body:
    """The body of a request, read as it comes."""

    def __init__(self, reader, headers):
        self._reader = reader
        self._is_chunked = "chunked" in headers.get("transfer-encoding", "").lower()
        self._left = 0 if self._is_chunked else int(headers.get("content-length", "0"))
        self._seen = bytearray()
        self.over = asyncio.Event()
        self._end(not self._is_chunked and self._left == 0)

    @property
    def is_over(self):
        return self.over.is_set()

    def _end(self, is_over):
        if is_over:
            self.over.set()

    async def _more(self):
        if self._is_chunked:
            size = int((await self._reader.readuntil(b"\r\n")).split(b";")[0], 16)
            piece = await self._reader.readexactly(size + 2)
            self._end(size == 0)
            return memoryview(piece)[:size]
        piece = await self._reader.read(min(self._left, 256 * 1024))
        if not piece:
            raise ConnectionResetError
        self._left -= len(piece)
        self._end(self._left == 0)
        return piece

    async def at_least(self, size):
        """What has come, once it is so many bytes."""
        while len(self._seen) < size:
            if self.is_over:
                raise ConnectionResetError
            self._seen += await self._more()
        return self._seen

    def skip(self, size):
        del self._seen[:size]

    async def chunk(self):
        """The next bytes; nothing at the end."""
        if self._seen:
            data, self._seen = self._seen, bytearray()
            return data
        return None if self.is_over else await self._more()

    async def rest(self):
        """All of it."""
        while not self.is_over:
            self._seen += await self._more()
        return self._seen


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
