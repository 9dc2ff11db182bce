"""Carries CORS and the stages' settings of HTTP APIs from templates, because the emulator keeps the template's spelling of their keys.

It also gives an HTTP API an address that every client can use: the emulator's own, <id>.execute-api.localhost, has no address in Node.
"""

import os

from ministack.services import apigateway
from ministack.services.cloudformation.provisioners import _pascal_to_camel

from ec2_records import is_true


def install(provisioners) -> None:
    handlers = provisioners._RESOURCE_HANDLERS
    apis = handlers["AWS::ApiGatewayV2::Api"]
    create, update = apis["create"], apis["update"]
    apis["create"] = lambda *arguments: _reachable(create(*arguments))
    apis["update"] = lambda *arguments, **named: _reachable(update(*arguments, **named))
    _wrap(apis, _api)
    _wrap(handlers["AWS::ApiGatewayV2::Stage"], _stage)


def _reachable(provisioned):
    api_id, attributes = provisioned
    api = apigateway._apis[api_id]
    if api["protocolType"] != "HTTP":
        return provisioned
    # As on AWS, a path below it begins with the stage, or with the route where the stage is $default.
    api["apiEndpoint"] = f"http://127.0.0.1:{os.environ.get('GATEWAY_PORT', '4566')}/_aws/execute-api/{api_id}"
    return api_id, {**attributes, "ApiEndpoint": api["apiEndpoint"]}


def _wrap(handlers, spell):
    create, update = handlers["create"], handlers["update"]
    handlers["create"] = lambda logical_id, properties, *rest: create(logical_id, spell(properties), *rest)
    handlers["update"] = lambda physical_id, old, new, *rest, **named: update(
        physical_id, spell(old), spell(new), *rest, **named
    )


def _api(properties):
    cors = _pascal_to_camel(properties.get("CorsConfiguration") or {})
    if "allowCredentials" in cors:
        cors["allowCredentials"] = is_true(cors["allowCredentials"])
    if "maxAge" in cors:
        cors["maxAge"] = int(cors["maxAge"])
    return {**properties, **({"CorsConfiguration": cors} if cors else {})}


def _stage(properties):
    routes = properties.get("RouteSettings") or {}
    spelled = {
        "DefaultRouteSettings": _route_settings(properties.get("DefaultRouteSettings") or {}),
        # By route: "GET /orders" is a key as it stands.
        "RouteSettings": {route: _route_settings(settings) for route, settings in routes.items()},
    }
    return {**properties, **{name: value for name, value in spelled.items() if value}}


def _route_settings(settings):
    numbers = {"throttlingBurstLimit": int, "throttlingRateLimit": float}
    flags = ("dataTraceEnabled", "detailedMetricsEnabled")
    spelled = _pascal_to_camel(settings)
    return {
        name: is_true(value) if name in flags else numbers.get(name, str)(value) for name, value in spelled.items()
    }
