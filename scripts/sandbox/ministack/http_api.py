"""Has HTTP APIs publish their metrics, and hide the errors of functions as on AWS: the emulator answers with an error's message."""

import contextvars
import json
import time

from ministack.services import apigateway, lambda_svc

import metrics

_in_http_api = contextvars.ContextVar("phasegate_in_http_api", default=False)

_ERROR = {
    "statusCode": 500,
    "headers": {"Content-Type": "application/json"},
    "body": json.dumps({"message": "Internal Server Error"}),
}


def install() -> None:
    execute = apigateway._handle_execute_in_scope
    convert = lambda_svc.lambda_execute_result_to_api_proxy_response

    async def execute_measured(api_id, stage, *request):
        began = time.time()
        token = _in_http_api.set(True)
        try:
            answer = await execute(api_id, stage, *request)
        finally:
            _in_http_api.reset(token)
        _publish(api_id, stage, answer[0], round(1000 * (time.time() - began), 1))
        return answer

    def convert_hiding(result):
        failed = result.get("error") and not result.get("throttle")
        return (_ERROR, None) if failed and _in_http_api.get() else convert(result)

    apigateway._handle_execute_in_scope = execute_measured
    lambda_svc.lambda_execute_result_to_api_proxy_response = convert_hiding


def _publish(api_id, stage, status, latency):
    if api_id not in apigateway._apis:
        return
    values = {
        "Count": (1, "Count"),
        "4xx": (int(400 <= status < 500), "Count"),
        "5xx": (int(status >= 500), "Count"),
        "Latency": (latency, "Milliseconds"),
    }
    metrics.publish("AWS/ApiGateway", [{"ApiId": api_id}, {"ApiId": api_id, "Stage": stage}], values)
