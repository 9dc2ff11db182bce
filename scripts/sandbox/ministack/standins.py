"""Lists the resource types of the templates, and the operations of CloudFormation itself, that are not as on AWS.

`recorded`: CloudFormation and the service's own API describe the thing, but it has no effect.
`emulated`: an addition of ours that has its effect, as far as the emulator can show it.
"""

import json

import drift_readers

PATH = "/_phasegate/standins"

# Types that the emulator has by itself and only records.
_RECORDED_BY_EMULATOR = {
    "AWS::AutoScaling::AutoScalingGroup": "its instances are records, and nothing runs on them",
    "AWS::EC2::VPCEndpoint": "no traffic is passed on",
    "AWS::ElasticLoadBalancingV2::LoadBalancer": "requests reach Lambda targets only",
    "AWS::ElasticLoadBalancingV2::TargetGroup": "a target is healthy while EC2 calls its instance running",
    "AWS::RDS::DBInstance": "no database runs",
    "AWS::WAFv2::WebACL": "no request is filtered",
}


def listing(added_types) -> list:
    """Every stand-in as {type, reality, missing}, by type."""
    added = [_stand_in(added.name, added.missing) for added in added_types]
    own = [_stand_in(name, missing) for name, missing in _RECORDED_BY_EMULATOR.items()]
    return sorted([*added, *own, drift_readers.reality()], key=lambda stand_in: stand_in["type"])


def _stand_in(name, missing):
    return {"type": name, "reality": "recorded" if missing else "emulated", "missing": missing}


def serve_listing(app, added_types):
    """Wraps the emulator's ASGI application so that `GET /_phasegate/standins` answers the list."""
    body = json.dumps(listing(added_types)).encode()

    async def with_listing(scope, receive, send):
        if scope["type"] != "http" or scope["path"] != PATH:
            await app(scope, receive, send)
            return
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return with_listing
