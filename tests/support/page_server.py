"""`PageServer`: the pages of a `PageSite` on a port, for commands, which block."""

from __future__ import annotations

import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

from buildbot_keychain.approvals import Person
from buildbot_keychain.bearer_tokens import new_token
from buildbot_keychain.web import Visitor
from tests.support.page_site import PEOPLE, PageSite

if TYPE_CHECKING:
    from collections.abc import Callable

SCOPES = frozenset({"secrets:read", "secrets:write"})


class PageServer:
    """Serves pages, below ``/bb/`` as well, as a proxy with a prefix does.

    :param certificate: a file of a key and its certificate; plain HTTP by default.
    :param answer: returns what is answered in place of the pages, by the method and path.
    :ivar asked: the method and path of each request.
    """

    def __init__(
        self,
        certificate: Path | None = None,
        answer: Callable[[str, str], tuple[int, bytes]] | None = None,
    ) -> None:
        self.pages = PageSite()
        self.host = self.pages.host
        self.asked: list[tuple[str, str]] = []
        lock = threading.Lock()
        server = self

        class Handler(BaseHTTPRequestHandler):
            def _answer(self) -> None:
                path = self.path.removeprefix("/bb")
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                with lock:  # it is not made for threads
                    server.asked.append((self.command, path))
                    if answer is not None:
                        status, content = answer(self.command, path)
                    else:
                        headers = dict(self.headers)
                        headers.pop("Content-Length", None)
                        reply = server.pages.ask(self.command, path, headers, body)
                        status, content = reply.status, reply.text.encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_PUT = do_POST = do_DELETE = _answer

            def log_message(self, *arguments: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.scheme = "http"
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
            self.scheme = "https"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self._server.server_address[1]}/bb/"

    def token_file(self, path: Path, person: str = "ada", scopes: Any = SCOPES) -> Path:
        """Write a token of a person to a file."""
        token, _, _ = new_token()
        self.host.tokens[token] = Visitor(Person(person, PEOPLE[person]), scopes=frozenset(scopes))
        path.write_text(f"{token}\n")
        path.chmod(0o600)
        return path

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
