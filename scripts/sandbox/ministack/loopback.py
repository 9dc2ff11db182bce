"""Treats the emulator's plain HTTP as what it stands for, and keeps every listener on this machine."""

import asyncio

import ministack.app

HOST = "127.0.0.1"


def reality() -> dict:
    """The stand-in's entry."""
    enforced = "requests count as encrypted, as they stay on this machine; what CloudFormation does for a stack is not checked"
    missing = enforced if ministack.app.AUTH else "no policy is enforced"
    return {"type": "IAM's policies", "reality": "emulated" if ministack.app.AUTH else "recorded", "missing": missing}


def install() -> None:
    # Policies that ask for TLS (aws:SecureTransport) would deny every request: no client here speaks TLS to the emulator, and none
    # comes from another machine.
    pin_request_origin = ministack.app.pin_request_origin
    ministack.app.pin_request_origin = lambda address, secure: pin_request_origin(address, True)

    # Some services of the emulator open listeners of their own, to the whole network.
    create_server = asyncio.base_events.BaseEventLoop.create_server

    async def create_local_server(self, protocol_factory, host=None, port=None, **options):
        given_a_socket = options.get("sock") is not None
        return await create_server(self, protocol_factory, None if given_a_socket else HOST, port, **options)

    asyncio.base_events.BaseEventLoop.create_server = create_local_server
