"""Publishes the metrics of Lambda for every invocation, whoever invokes, and has alarms look at them.

The emulator publishes them where a function is called through Lambda's own API, so it counts nothing that comes through API Gateway.
"""

import time

from ministack.services import lambda_svc

import metrics

_NAMESPACE = "AWS/Lambda"


def install() -> None:
    dispatch = lambda_svc._execute_function_dispatch

    def dispatch_measured(func, config, event, request_id, started):
        result = dispatch(func, config, event, request_id, started)
        failed = isinstance(result, dict) and bool(result.get("error"))
        duration = round(1000 * (time.time() - started), 1)
        values = {"Invocations": (1, "Count"), "Errors": (int(failed), "Count"), "Duration": (duration, "Milliseconds")}
        metrics.publish(_NAMESPACE, _dimensions(config), values)
        return result

    def count_throttle(function_name, duration_ms, error, throttle):
        # The emulator's own figures: all but this one are published above.
        if throttle and not duration_ms:
            metrics.publish(_NAMESPACE, [{}, {"FunctionName": function_name}], {"Throttles": (1, "Count")})

    lambda_svc._execute_function_dispatch = dispatch_measured
    lambda_svc._emit_lambda_metrics = count_throttle


def _dimensions(config):
    """The sets of dimensions that CloudWatch has for one invocation: none, the function, its alias or version, and these two together."""
    name, version = config.get("FunctionName", ""), config.get("Version", "$LATEST")
    sets = [{}, {"FunctionName": name}]
    for qualifier in _qualifiers(name, config):
        resource = {"FunctionName": name, "Resource": f"{name}:{qualifier}"}
        sets.append(resource)
        if qualifier != version:
            sets.append({**resource, "ExecutedVersion": version})
    return sets


def _qualifiers(name, config):
    """The alias or version that was called. API Gateway's calls have lost the alias, so there it is every alias of the version."""
    called = config.get("FunctionArn", "").split(":")[7:]
    aliases = (lambda_svc._functions.get(name) or {}).get("aliases", {})
    if not called or called[0] in aliases:
        return called
    return [*called, *(alias for alias, one in aliases.items() if one.get("FunctionVersion") == called[0])]

