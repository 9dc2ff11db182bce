"""Starts the AWS emulator with what phasegate's templates need and the emulator lacks.

    GATEWAY_PORT=4566 python launcher.py        serve on 127.0.0.1 until SIGTERM or SIGINT
    python launcher.py --list-standins          print what is not as on AWS, as JSON, and leave

Environment:
    GATEWAY_PORT                    default 4566
    BIND_HOST                       default 127.0.0.1
    STATE_DIR                       keep signing keys and state there; without it they go when the process ends
    PERSIST_STATE                   0: nothing but keys and databases is written to STATE_DIR. Default: 1 where STATE_DIR is given
    AUTH                            true: enforce IAM
    PHASEGATE_RESOURCE_DELAY        seconds that each resource takes, default 0.15
    PHASEGATE_POSTGRES              folder of PostgreSQL's programs, to run the databases of stacks; without it they are records
    AWS_ENDPOINT_URL_CODEPIPELINE   the stand-ins for these services; without them, the services refuse
    AWS_ENDPOINT_URL_CODEBUILD
"""

import atexit
import json
import os
import shutil
import sys
import tempfile

# The folder of the sources stays free of caches.
sys.dont_write_bytecode = True


def _settle_environment() -> None:
    """The emulator reads these variables when it is imported."""
    os.environ.setdefault("BIND_HOST", "127.0.0.1")
    # Its MQTT listener would be open to the network.
    os.environ["IOT_MTLS_ENABLED"] = "0"
    # Keys and code are this user's alone.
    os.umask(0o077)
    if os.environ.get("STATE_DIR"):
        os.environ.setdefault("PERSIST_STATE", "1")
    else:
        folder = tempfile.mkdtemp(prefix="phasegate-emulator-")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        os.environ.update(STATE_DIR=folder, PERSIST_STATE="0")


_settle_environment()

try:
    import cryptography  # noqa: F401 - without it, the emulator's tokens would be unsigned
except ModuleNotFoundError:
    needed = "scripts/sandbox/requirements-emulator.txt"
    sys.exit(f"{sys.executable} lacks the package cryptography; {needed} lists what the emulator needs.")

import ministack.app
from ministack.services.cloudformation import provisioners

import alarms
import authorization_details
import config_rules
import databases
import delivery
import drift_readers
import fleet
import http_api
import iam_requests
import lambda_metrics
import loopback
import managed_secret
import pace
import settings
import settings_http_api
import standins
import types_access
import types_audit
import types_cloudwatch
import types_delivery
import types_ec2
import types_protection
import vitals

ADDED_TYPES = (
    *types_access.TYPES,
    *types_ec2.TYPES,
    *types_cloudwatch.TYPES,
    *types_audit.TYPES,
    *types_delivery.TYPES,
    *types_protection.TYPES,
)


def main() -> None:
    if sys.argv[1:] == ["--list-standins"]:
        print(json.dumps(standins.listing(ADDED_TYPES), indent=2))
        return
    for added in ADDED_TYPES:
        added.register(provisioners)
    managed_secret.install(provisioners)
    settings.install(provisioners)
    settings_http_api.install(provisioners)
    fleet.install(provisioners)
    alarms.install()
    vitals.install(provisioners)
    lambda_metrics.install()
    http_api.install()
    authorization_details.install()
    iam_requests.install()
    config_rules.install()
    drift_readers.install()
    types_audit.install()
    delivery.install()
    loopback.install()
    databases.install(provisioners)
    pace.install(float(os.environ.get("PHASEGATE_RESOURCE_DELAY") or 0.15))
    ministack.app.app = standins.serve_listing(ministack.app.app, ADDED_TYPES)
    ministack.app.main()


if __name__ == "__main__":
    main()
