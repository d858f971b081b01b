"""A closed loop of requests over kept connections: each is sent when the answer to the one before is whole."""

import gc
import http.client
import re
import select
import socket
import statistics
import time
from dataclasses import dataclass

LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
CHUNKED = re.compile(rb"\r\ntransfer-encoding: *chunked", re.IGNORECASE)
PATIENCE = 30


class Refused(Exception):
    """An answer that is not the one that is measured."""


@dataclass
class Load:
    requests: int
    seconds: float
    megabytes: float
    median_latency: float


def request(method, path, headers=(), body=b""):
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost"] + [f"{name}: {value}" for name, value in dict(headers).items()]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines + ["", ""]).encode() + body


class Exchange:
    """One connection, with the request that is under way."""

    def __init__(self, port, status):
        self.socket = socket.create_connection(("127.0.0.1", port), PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.status = status

    def begin(self, wanted):
        self.unsent, self.head, self.missing, self.tail = memoryview(wanted), b"", None, b""
        self.began = time.perf_counter()
        self.write()

    def write(self):
        try:
            self.unsent = self.unsent[self.socket.send(self.unsent):]
        except BlockingIOError:
            pass

    def read(self):
        """The bytes that came, and whether the answer is whole."""
        try:
            data = self.socket.recv(1 << 18)
        except BlockingIOError:
            return 0, False
        if not data:
            raise Refused("the connection was closed")
        if self.missing is None:
            self.head += data
            end = self.head.find(b"\r\n\r\n")
            if end < 0:
                return len(data), False
            if int(self.head[9:12]) != self.status:
                raise Refused(f"{self.head[:end].decode('latin-1').splitlines()[0]} in place of {self.status}")
            body = self.head[end + 4:]
            length = LENGTH.search(self.head, 0, end + 2)
            if self.status == 304:
                self.missing = 0
            elif length:
                self.missing = int(length[1]) - len(body)
            elif CHUNKED.search(self.head, 0, end + 2):
                self.missing, self.tail = -1, body[-5:]
            else:
                raise Refused("an answer without a length")
        elif self.missing < 0:
            self.tail = (self.tail + data)[-5:]
        else:
            self.missing -= len(data)
        return len(data), self.missing == 0 or self.tail == b"0\r\n\r\n"


def run(port, wanted, connections, seconds, count=None, status=200):
    """Sends `wanted` (requests, in turn) for so long, or only `count` of them."""
    poll, open_ones = select.epoll(), {}
    for _ in range(connections):
        one = Exchange(port, status)
        one.socket.setblocking(False)
        open_ones[one.socket.fileno()] = one
        poll.register(one.socket, select.EPOLLIN | select.EPOLLOUT | select.EPOLLET)
    done, came, latencies, turn = 0, 0, [], 0
    gc.disable()
    try:
        began = time.perf_counter()
        for one in open_ones.values():
            one.begin(wanted[turn % len(wanted)])
            turn += 1
        while True:
            events = poll.poll(PATIENCE)
            if not events:
                raise Refused(f"no answer for {PATIENCE} s")
            for number, what in events:
                one = open_ones[number]
                if what & select.EPOLLOUT and one.unsent:
                    one.write()
                while what & (select.EPOLLIN | select.EPOLLHUP):
                    size, whole = one.read()
                    came += size
                    if whole:
                        done += 1
                        latencies.append(time.perf_counter() - one.began)
                        one.begin(wanted[turn % len(wanted)])
                        turn += 1
                        break
                    if size == 0:
                        break
            took = time.perf_counter() - began
            if took >= seconds or (count and done >= count):
                if done == 0 and took < PATIENCE:
                    continue
                return Load(done, took, came / (1 << 20), statistics.median(latencies))
    finally:
        gc.enable()
        poll.close()
        for one in open_ones.values():
            one.socket.close()


def once(port, path, headers=(), status=None):
    """One answer on a connection of its own, read to its end."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request("GET", path, headers=dict(headers))
        answer = connection.getresponse()
        answer.read()
    except http.client.HTTPException as error:
        raise Refused(f"{path}: {error!r}") from error
    finally:
        connection.close()
    if status is not None and answer.status != status:
        raise Refused(f"{path} gave {answer.status} in place of {status}")
    return answer
