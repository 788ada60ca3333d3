"""`CannedServer`: an HTTP server that gives each request the same response, or none."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class CannedServer:
    """Listens on this machine, as AWS Secrets Manager, until it is stopped.

    :param body: bytes, or what is sent as JSON.
    :param wait: whether it keeps each request waiting in place of a response.
    """

    def __init__(self, status: int, body: object, *, wait: bool = False) -> None:
        self.requests = 0
        over = threading.Event()
        content = body if isinstance(body, bytes) else json.dumps(body).encode()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(handler) -> None:  # noqa: N805
                self.requests += 1
                # What is unread when it closes the connection would reset it.
                handler.rfile.read(int(handler.headers["Content-Length"] or 0))
                if wait:
                    over.wait(30)
                    return
                handler.send_response(status)
                handler.send_header("Content-Type", "application/x-amz-json-1.1")
                handler.send_header("Content-Length", str(len(content)))
                handler.end_headers()
                handler.wfile.write(content)

            do_GET = do_POST

            def log_message(handler, *arguments: object) -> None:  # noqa: N805
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        thread.start()

        def stop() -> None:
            over.set()
            self.server.shutdown()
            self.server.server_close()
            thread.join()

        self.stop: Callable[[], None] = stop
