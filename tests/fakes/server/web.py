"""A web server on the loopback that answers as it is told: each path has its raw bytes."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field


def said(content: bytes = b"%PDF-", kind: str = "application/pdf", status: str = "200 OK", **headers: str) -> bytes:
    """An answer with its length told; `Content_Type` stands for Content-Type."""
    named = {"Content-Type": kind, "Content-Length": str(len(content)), "Connection": "close"}
    named |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in named.items())
    return f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + content


@dataclass
class Web:
    port: int
    requests: list[bytes] = field(default_factory=list)  # heads of what was asked


@contextmanager
def web(
    answers: Mapping[str, bytes | Sequence[bytes]],
    host: str = "127.0.0.1",
    port: int = 0,
    secured: ssl.SSLContext | None = None,
) -> Iterator[Web]:
    """Serve; an answer in several pieces pauses between them."""
    listening = socket.create_server((host, port))
    listening.settimeout(0.05)
    served, ended = Web(listening.getsockname()[1]), threading.Event()

    def serve() -> None:
        while not ended.is_set():
            with suppress(TimeoutError, OSError):
                connection = listening.accept()[0]
                connection.settimeout(2)
                if secured is not None:
                    connection = secured.wrap_socket(connection, server_side=True)
                with connection:
                    head = b""
                    while b"\r\n\r\n" not in head and (piece := connection.recv(65_536)):
                        head += piece
                    served.requests.append(head)
                    answer = answers.get(
                        head.split()[1].decode(), b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
                    )
                    for number, part in enumerate([answer] if isinstance(answer, bytes) else answer):
                        if number:
                            time.sleep(0.3)
                        connection.sendall(part)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield served
    finally:
        ended.set()
        thread.join()
        listening.close()
