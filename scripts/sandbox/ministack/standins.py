"""Lists the resource types of the templates, and the operations of CloudFormation itself, that are not as on AWS.

`recorded`: CloudFormation and the service's own API describe the thing, but it has no effect.
`emulated`: it has its effect, as far as the sandbox can show it.
`refused`: a stack that has one fails.
"""

import json

import databases
import delivery
import drift_readers
import loopback

PATH = "/_phasegate/standins"

# Types that the emulator has by itself and only records.
_RECORDED_BY_EMULATOR = {
    "AWS::ApiGatewayV2::Stage": "no request is throttled or written to the access log",
    "AWS::AutoScaling::AutoScalingGroup": "its instances are records, and nothing runs on them",
    "AWS::EC2::VPCEndpoint": "no traffic is passed on",
    "AWS::Events::Rule": "events start no pipeline",
    "AWS::ElasticLoadBalancingV2::LoadBalancer": "requests reach Lambda targets only",
    "AWS::ElasticLoadBalancingV2::TargetGroup": "a target is healthy while EC2 calls its instance running",
    "AWS::WAFv2::WebACL": "no request is filtered",
}

# Types that have their effect, but for a part.
_EMULATED_IN_PART = {
    "AWS::CloudWatch::Alarm": "metric math and anomaly bands are not evaluated; without data an alarm keeps its state",
    "AWS::Lambda::Alias": "a weighted alias sends everything to its main version",
}


def listing(added_types) -> list:
    """Every stand-in as {type, reality, missing}, by type."""
    added = [_stand_in(added.name, added.missing) for added in added_types]
    own = [_stand_in(name, missing) for name, missing in _RECORDED_BY_EMULATOR.items()]
    part = [{"type": name, "reality": "emulated", "missing": missing} for name, missing in _EMULATED_IN_PART.items()]
    # They depend on how the emulator has been started.
    started = [databases.reality(), loopback.reality(), *delivery.realities()]
    by_type = {one["type"]: one for one in [*added, *own, *part, *started, drift_readers.reality()]}
    return sorted(by_type.values(), key=lambda stand_in: stand_in["type"])


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
