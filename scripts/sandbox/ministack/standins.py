"""Tells which resource types are additions of ours and how real they are."""

import json

PATH = "/_phasegate/standins"


def listing(types) -> list:
    return [{"type": added.name, "reality": added.reality} for added in sorted(types, key=lambda added: added.name)]


def serve_listing(app, types):
    """Wraps the emulator's ASGI application so that `GET /_phasegate/standins` answers the list."""
    body = json.dumps(listing(types)).encode()

    async def with_listing(scope, receive, send):
        if scope["type"] != "http" or scope["path"] != PATH:
            await app(scope, receive, send)
            return
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return with_listing
