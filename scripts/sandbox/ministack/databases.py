"""Runs a PostgreSQL server for every PostgreSQL instance that a stack creates; by itself the emulator only keeps its record.

A server each, because two instances may have a user and a database of the same name, and on AWS neither sees the other's.
"""

from __future__ import annotations

import atexit
import json
import os
import random
import shutil
import socket
import threading
from pathlib import Path

from ministack.core import lambda_runtime
from ministack.services import rds, secretsmanager

import worker_threads
from postgres_server import HOST, Authority, Login, Server, can_enter, make_folder, reachable

TYPE = "AWS::RDS::DBInstance"
# The environment variable that names the folder of PostgreSQL's programs.
PROGRAMS = "PHASEGATE_POSTGRES"

# Where Lambda keeps the certificates of AWS's own authorities, RDS's among them.
_AUTHORITIES_ON_LAMBDA = "/var/runtime/ca-cert.pem"


def reality() -> dict:
    """The stand-in's entry."""
    if not os.environ.get(PROGRAMS):
        return {"type": TYPE, "reality": "recorded", "missing": "no database runs"}
    missing = "PostgreSQL is 17.9, with its own settings; of other engines there is a record; a snapshot holds no data"
    return {"type": TYPE, "reality": "emulated", "missing": missing}


def install(provisioners) -> None:
    if not os.environ.get(PROGRAMS):
        return
    state_dir = Path(os.environ["STATE_DIR"]).resolve()
    make_folder(state_dir)
    servers = _Servers(Path(os.environ[PROGRAMS]).resolve(), state_dir / "databases")
    servers.resume()
    atexit.register(servers.stop)
    worker_threads.use_for(TYPE)

    handlers = provisioners._RESOURCE_HANDLERS[TYPE]
    create, update, delete = handlers["create"], handlers["update"], handlers["delete"]

    def served(provisioned, properties):
        database_id, attributes = provisioned
        instance = rds._instances[database_id]
        if instance["Engine"] != "postgres":
            return provisioned
        port = servers.serve(instance, properties.get("DBName"))
        instance["Endpoint"].update(Address=HOST, Port=port)
        return database_id, {**attributes, "Endpoint.Address": HOST, "Endpoint.Port": str(port)}

    def create_served(logical_id, properties, stack_name):
        provisioned = create(logical_id, properties, stack_name)
        try:
            return served(provisioned, properties)
        except Exception:
            delete(provisioned[0], properties)
            raise

    def update_served(physical_id, old, new, stack_name, logical_id=None):
        return served(update(physical_id, old, new, stack_name, logical_id), new)

    def delete_served(physical_id, properties):
        delete(physical_id, properties)
        servers.drop_orphans()

    handlers.update(create=create_served, update=update_served, delete=delete_served)
    _trust_authority(servers.authority_file)


class _Servers:
    """The servers, by the instance's DbiResourceId, which no two instances share."""

    def __init__(self, programs: Path, folder: Path):
        self._folder = folder
        self._programs = programs
        self._authority = None
        self._running = {}
        self._lock = threading.Lock()

    @property
    def authority_file(self) -> Path:
        return self._folder / "ca.pem"

    def resume(self) -> None:
        """Starts the servers that an earlier emulator has left in the folder."""
        for settings in sorted(self._folder.glob("*/instance.json")):
            name = settings.parent.name
            self._start(name, self._server(name, json.loads(settings.read_text())["port"]))

    def serve(self, instance, database: str | None) -> int:
        """Makes the instance's server, with a database if one is named, unless it runs. Returns its port."""
        resource_id = instance["DbiResourceId"]
        login = Login(instance["MasterUsername"], _password(instance))
        server = self._running.get(resource_id)
        if server is None:
            return self._make(resource_id, login, database).port
        self._settle_password(server, login)
        return server.port

    def drop_orphans(self) -> None:
        """Ends the servers of instances that are gone, in whichever account and region, with their data."""
        known = {one["DbiResourceId"] for one in list(rds._instances._data.values())}
        for resource_id in [one for one in list(self._running) if one not in known]:
            server = self._running.pop(resource_id, None)
            if server:
                server.stop()
                shutil.rmtree(server.home, ignore_errors=True)

    def stop(self) -> None:
        # All at once, and then one is waited for after the other.
        for server in self._running.values():
            server.interrupt()
        for server in self._running.values():
            server.stop()

    def _make(self, resource_id, login, database):
        # An emulator that was killed has forgotten its instances, and left their data.
        self.drop_orphans()
        make_folder(self._folder)
        if not can_enter(self._folder):
            raise ValueError(f"PostgreSQL does not run as root, and no other user can enter {self._folder}")
        # Three environments are made at the same time, and the longest part of it is the same for all.
        with self._lock:
            self._template.prepare()
        server = self._server(resource_id, _free_port())
        try:
            server.prepare_from(self._template, login, database)
            _note(server, port=server.port, password=login.password)
            self._start(resource_id, server)
        except Exception:
            shutil.rmtree(server.home, ignore_errors=True)
            raise
        return server

    def _start(self, resource_id, server):
        with self._lock:
            if self._authority is None:
                self._authority = Authority(self._folder)
        server.start(self._authority)
        self._running[resource_id] = server

    @property
    def _template(self):
        return self._server("template", 0)

    def _server(self, resource_id, port):
        return Server(reachable(self._programs, self._folder), self._folder / resource_id, port)

    def _settle_password(self, server, login):
        if _noted(server)["password"] == login.password:
            return
        server.stop()
        server.change_password(login)
        _note(server, port=server.port, password=login.password)
        server.start(self._authority)


def _note(server, **settings):
    file = server.home / "instance.json"
    file.touch(0o600)
    file.write_text(json.dumps(settings))


def _noted(server):
    return json.loads((server.home / "instance.json").read_text())


def _password(instance):
    arn = instance.get("MasterUserSecret", {}).get("SecretArn")
    if arn is None:
        return instance["_MasterUserPassword"]
    secret = next(one for one in secretsmanager._secrets.values() if one["ARN"] == arn)
    current = next(one for one in secret["Versions"].values() if "AWSCURRENT" in one["Stages"])
    return json.loads(current["SecretString"])["password"]


def _free_port():
    # Below the ports that the system gives to outgoing connections: a connection could take such a port before it is used.
    for port in random.sample(range(20_000, 32_000), 100):
        with socket.socket() as one:
            try:
                one.bind((HOST, port))
                return port
            except OSError:
                continue
    raise ValueError("No port is free for the database")


def _trust_authority(authority_file):
    """Lets a function that trusts AWS's authorities trust the sandbox's own instead."""
    credentials = lambda_runtime.execution_credentials

    def surroundings(config):
        # The emulator gives a function's process these variables last, over those of the template.
        variables = config.get("Environment", {}).get("Variables", {})
        trusts = variables.get("NODE_EXTRA_CA_CERTS") == _AUTHORITIES_ON_LAMBDA
        return {**credentials(config), **({"NODE_EXTRA_CA_CERTS": str(authority_file)} if trusts else {})}

    lambda_runtime.execution_credentials = surroundings
