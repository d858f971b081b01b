"""The backend behind every server's `/api`: `/api/small`, `/api/large` and uploads of any size, from memory.

    python3 upstream.py <port>
"""

import re
import select
import socket
import sys

SMALL = b'{"ok":true,"items":[1,2,3,4,5],"message":"hello from the backend, which is about one hundred bytes"}'
LARGE = b"x" * (1 << 20)
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


def answer(body, kind):
    return b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s" % (kind, len(body), body)


ANSWERS = {True: answer(LARGE, b"application/octet-stream"), False: answer(SMALL, b"application/json")}


class Connection:
    def __init__(self, connection):
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket, self.head, self.body_left, self.chunked, self.unsent = connection, b"", 0, False, memoryview(b"")

    def read(self):
        """Takes what came; False once the other side has closed."""
        while True:
            try:
                data = self.socket.recv(1 << 18)
            except BlockingIOError:
                return True
            if not data:
                return False
            self.take(data)

    def take(self, data):
        if self.body_left:
            self.body_left -= len(data)
        elif self.chunked:
            self.head = (self.head + data)[-5:]
        else:
            self.head += data
            end = self.head.find(b"\r\n\r\n")
            if end < 0:
                return
            self.is_large = self.head.startswith(b"GET /api/large")
            length = LENGTH.search(self.head, 0, end + 2)
            self.chunked = not length and b"chunked" in self.head[:end].lower()
            self.body_left = int(length[1]) - (len(self.head) - end - 4) if length else 0
            self.head = self.head[end + 4:][-5:]
        if self.body_left == 0 and (not self.chunked or self.head == b"0\r\n\r\n"):
            self.head, self.chunked = b"", False
            self.unsent = memoryview(ANSWERS[self.is_large])
            self.write()

    def write(self):
        try:
            while self.unsent:
                self.unsent = self.unsent[self.socket.send(self.unsent):]
        except BlockingIOError:
            pass


def serve(port):
    listener = socket.create_server(("127.0.0.1", port), backlog=1024)
    listener.setblocking(False)
    poll, connections = select.epoll(), {}
    poll.register(listener, select.EPOLLIN)
    while True:
        for number, what in poll.poll():
            if number == listener.fileno():
                one = Connection(listener.accept()[0])
                connections[one.socket.fileno()] = one
                poll.register(one.socket, select.EPOLLIN | select.EPOLLOUT | select.EPOLLET)
                continue
            one = connections[number]
            try:
                if what & select.EPOLLOUT:
                    one.write()
                is_open = one.read()
            except OSError:
                is_open = False
            if not is_open:
                connections.pop(number).socket.close()


if __name__ == "__main__":
    serve(int(sys.argv[1]))
