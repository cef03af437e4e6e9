"""Counts the round trips between a client and a PostgreSQL server."""

from __future__ import annotations

import select
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from attrs import define
from sqlalchemy.engine import make_url

_NAME = ".s.PGSQL.5432"
_BYTES = 1 << 16


@define
class Relay:
    """Hands on what both say; a round trip begins when the client speaks after the server did."""

    folder: Path
    server: Path
    trips: int = 0

    def url(self, where: str) -> str:
        """The URL of a database on the server, through here."""
        parts = make_url(where).update_query_dict({"host": str(self.folder)})
        return parts.render_as_string(hide_password=False)

    def serve(self, listener: socket.socket) -> None:
        """Serve one client after another, until the listener is closed."""
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                threading.Thread(target=self._hand_on, args=(client,), daemon=True).start()

    def _hand_on(self, client: socket.socket) -> None:
        server_spoke = True
        with client, socket.socket(socket.AF_UNIX) as server, suppress(OSError):
            server.connect(str(self.server / _NAME))
            while True:
                # What waits of the client's goes first: it did not wait for an answer.
                source = client if client in select.select([client, server], [], [])[0] else server
                said = source.recv(_BYTES)
                if not said:
                    return
                if source is client and server_spoke:
                    self.trips += 1
                server_spoke = source is server
                (server if source is client else client).sendall(said)


@contextmanager
def relayed(folder: Path, server: Path) -> Iterator[Relay]:
    """A relay to the server whose socket lies in the folder *server*."""
    folder.mkdir()
    relay = Relay(folder, server)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(folder / _NAME))
        listener.listen()
        threading.Thread(target=relay.serve, args=(listener,), daemon=True).start()
        yield relay
        listener.shutdown(socket.SHUT_RDWR)
