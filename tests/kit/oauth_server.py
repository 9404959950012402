"""A server on loopback that plays an authorization server's faults: each test says what it answers."""

from __future__ import annotations

import json
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs


class Played:
    """``routes``: path → what to answer, in order, the last again and again; ``asked``: what came, as (path, form)."""

    def __init__(self, server):
        self.server = server
        self.url = f"http://127.0.0.1:{server.server_port}"
        self.routes = {}
        self.asked = []
        self.headers = []

    def metadata(self, **changes):
        members = {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "device_authorization_endpoint": f"{self.url}/device",
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["none", "client_secret_post"],
        }
        self.routes["/.well-known/oauth-authorization-server"] = [(200, {**members, **changes})]

    def forms(self, path):
        return [form for asked, form in self.asked if asked == path]

    def answer(self, path):
        plays = self.routes.get(path, [(404, {"error": "not here"})])
        return plays.pop(0) if len(plays) > 1 else plays[0]


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.play({})

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.play({name: values[0] for name, values in parse_qs(body).items()})

    def play(self, form):
        played = self.server.played
        path = self.path.partition("?")[0]
        played.asked.append((path, form))
        played.headers.append(dict(self.headers))
        answer = played.answer(path)
        if callable(answer):
            answer(self)
            return
        status, body, *headers = answer
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in (*headers, ("Content-Length", str(len(data)))):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


@contextmanager
def playing():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.block_on_close = False
    server.handle_error = lambda *_: None
    server.played = Played(server)
    thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server.played
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
