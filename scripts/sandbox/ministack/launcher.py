"""Starts the AWS emulator with what phasegate's templates need and the emulator lacks.

    GATEWAY_PORT=4566 python launcher.py        serve on 127.0.0.1 until SIGTERM or SIGINT
    python launcher.py --list-standins          print what is not as on AWS, as JSON, and leave

Environment: GATEWAY_PORT (default 4566), BIND_HOST (default 127.0.0.1), PHASEGATE_RESOURCE_DELAY (seconds that each
resource takes, default 0.15), STATE_DIR (keep state there between runs; without it nothing outlives the process).
"""

import json
import os
import sys

# Read by the emulator when it is imported, so they are settled first.
os.environ.setdefault("BIND_HOST", "127.0.0.1")
if os.environ.get("STATE_DIR"):
    os.environ.setdefault("PERSIST_STATE", "1")

# The folder of the sources stays free of caches.
sys.dont_write_bytecode = True

import ministack.app
from ministack.services.cloudformation import provisioners

import authorization_details
import config_rules
import drift_readers
import fleet
import managed_secret
import pace
import settings
import standins
import types_access
import types_audit
import types_cloudwatch
import types_ec2
import types_protection
import vitals

ADDED_TYPES = (
    *types_access.TYPES,
    *types_ec2.TYPES,
    *types_cloudwatch.TYPES,
    *types_audit.TYPES,
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
    fleet.install(provisioners)
    vitals.install(provisioners)
    authorization_details.install()
    config_rules.install()
    drift_readers.install()
    types_audit.install()
    pace.install(float(os.environ.get("PHASEGATE_RESOURCE_DELAY") or 0.15))
    ministack.app.app = standins.serve_listing(ministack.app.app, ADDED_TYPES)
    ministack.app.main()


if __name__ == "__main__":
    main()
