"""A relay between a client and a PostgreSQL server, which cuts the connection when told to."""

from __future__ import annotations

import select
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal

from attrs import define, field
from sqlalchemy.engine import make_url

Cut = Literal["before the server hears", "before the client hears"]
_NAME = ".s.PGSQL.5432"
_BYTES = 65536


@define
class Relay:
    """Hands on what client and server say to each other, in a folder of its own.

    With *cut* set, the next message of a client that holds *word*, once one held *after*, is the
    last of its connection: it does not reach the server, or the answer does not reach the client.
    """

    folder: Path
    server: Path
    cut: Cut | None = field(default=None)
    word: bytes = field(default=b"COMMIT")
    after: bytes = field(default=b"INSERT INTO events")
    cuts: int = field(default=0)
    _threads: list[threading.Thread] = field(factory=list)

    def url(self, where: str) -> str:
        """The URL of a database on the server, through here."""
        parts = make_url(where).update_query_dict({"host": str(self.folder)})
        return parts.render_as_string(hide_password=False)

    def accept(self, listener: socket.socket) -> None:
        """Serve clients until the listener is closed."""
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                thread = threading.Thread(target=self._serve, args=(client,), daemon=True)
                thread.start()
                self._threads.append(thread)

    def _serve(self, client: socket.socket) -> None:
        with client, socket.socket(socket.AF_UNIX) as server, suppress(OSError):
            server.connect(str(self.server / _NAME))
            while self._hand_on(client, server):
                pass

    def _hand_on(self, client: socket.socket, server: socket.socket) -> bool:
        ready, _, _ = select.select([client, server], [], [])
        for source in ready:
            said = source.recv(_BYTES)
            if not said:
                return False
            if source is client and self.after in said:
                self.after = b""
            if source is client and self.cut and not self.after and self.word in said:
                cut, self.cut = self.cut, None
                self.cuts += 1
                if cut == "before the client hears":
                    server.sendall(said)
                    self._until_it_answers(client, server)
                return False
            (server if source is client else client).sendall(said)
        return True

    @staticmethod
    def _until_it_answers(client: socket.socket, server: socket.socket) -> None:
        """Hand on what else the client says: a server answers only what it was told whole."""
        while server not in select.select([client, server], [], [])[0]:
            said = client.recv(_BYTES)
            if not said:
                return
            server.sendall(said)


@contextmanager
def relayed(folder: Path, server: Path) -> Iterator[Relay]:
    """A relay to the server whose socket lies in the folder *server*."""
    relay = Relay(folder, server)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(folder / _NAME))
        listener.listen()
        thread = threading.Thread(target=relay.accept, args=(listener,), daemon=True)
        thread.start()
        yield relay
        listener.shutdown(socket.SHUT_RDWR)
