"""CodePipeline and CodeBuild, which another process stands in for (scripts/sandbox/pipelines).

The emulator passes their requests on, so that with AUTH=true it also checks who may make them. It knows no CodePipeline, and its own
CodeBuild calls every build a success without having run it: without the stand-in, both refuse.
"""

from __future__ import annotations

import json
import os
import urllib.error
import urllib.request
from functools import lru_cache

import ministack.app
from ministack.core import iam_actions, router
from ministack.core.concurrency import run_reentrant
from ministack.core.responses import get_region

_TARGETS = {"codepipeline": "CodePipeline_20150709", "codebuild": "CodeBuild_20161006"}
_NAMES = {"codepipeline": "CodePipeline", "codebuild": "CodeBuild"}
_TYPES = {"codepipeline": "AWS::CodePipeline::Pipeline", "codebuild": "AWS::CodeBuild::Project"}

# Operations of CodePipeline that IAM checks on a stage or an action, with the members of their input that name it.
_BELOW_PIPELINE = {
    "DisableStageTransition": ("stageName",),
    "EnableStageTransition": ("stageName",),
    "OverrideStageCondition": ("stageName",),
    "PutApprovalResult": ("stageName", "actionName"),
    "RetryStageExecution": ("stageName",),
    "RollbackStage": ("stageName",),
}


def endpoint(service: str) -> str | None:
    return os.environ.get(f"AWS_ENDPOINT_URL_{service.upper()}") or None


def absent(service: str) -> str:
    """Why a service refuses: nothing stands in for it."""
    return (
        f"Nothing stands in for {_NAMES[service]} here: start the emulator with the pipelines' address "
        f"(AWS_ENDPOINT_URL_{service.upper()})"
    )


def realities() -> list:
    """The stand-ins' entries."""
    emulated = ("emulated", "it runs on this machine; scripts/sandbox/pipelines/SPEC.md lists what is left out")
    found = {name: emulated if endpoint(service) else ("refused", absent(service)) for service, name in _TYPES.items()}
    return [{"type": name, "reality": reality, "missing": missing} for name, (reality, missing) in found.items()]


def call(service: str, operation: str, request: dict) -> dict:
    """Calls the stand-in, and raises ValueError with the code and message of what it refuses."""
    import botocore
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return getattr(_client(service, get_region()), botocore.xform_name(operation))(**request)
    except (BotoCoreError, ClientError) as error:
        raise ValueError(str(error)) from error


def input_shape(service: str, operation: str):
    return _client(service, get_region()).meta.service_model.operation_model(operation).input_shape


@lru_cache
def _client(service, region):
    url = endpoint(service)
    if url is None:
        raise ValueError(absent(service))
    # Imported on first use: it takes 15 MB and a tenth of a second, and most emulators have no pipelines.
    import botocore.config
    import botocore.session

    return botocore.session.get_session().create_client(
        service,
        region_name=region,
        endpoint_url=url,
        aws_access_key_id=os.environ.get("AWS_ACCESS_KEY_ID", "test"),
        aws_secret_access_key=os.environ.get("AWS_SECRET_ACCESS_KEY", "test"),
        config=botocore.config.Config(connect_timeout=5, read_timeout=60, retries={"total_max_attempts": 1}, proxies={}),
    )


# ---- requests ----

# Without the proxies of this machine's environment: the stand-in is on this machine.
_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def install() -> None:
    for service, target in _TARGETS.items():
        router.SERVICE_PATTERNS[service] = {"target_prefixes": [target], "credential_scope": service}
        iam_actions.SERVICE_TO_IAM_NAMESPACE[service] = service
        ministack.app.SERVICE_HANDLERS[service] = _passed_on(service)
    resource_arn = iam_actions.extract_resource_arn

    def resource_arn_with_pipelines(service, method, path, headers, body, query_params, region, account_id):
        if service == "codepipeline":
            return _pipeline_arn(headers, body, region, account_id)
        return resource_arn(service, method, path, headers, body, query_params, region, account_id)

    iam_actions.extract_resource_arn = resource_arn_with_pipelines


def _passed_on(service):
    async def handle(method, path, headers, body, query_params):
        if endpoint(service) is None:
            return _refusal(501, absent(service))
        kept = {name: value for name, value in headers.items() if name in ("content-type", "x-amz-target", "authorization")}
        request = urllib.request.Request(endpoint(service), data=body, headers=kept, method="POST")
        return await run_reentrant(_send, request, thread_name=f"phasegate-{service}")

    return handle


def _send(request):
    try:
        answer = _direct.open(request, timeout=60)
    except urllib.error.HTTPError as error:
        answer = error
    except OSError as error:
        return _refusal(503, f"The stand-in at {request.full_url} does not answer: {error}")
    with answer:
        return answer.status, {"Content-Type": "application/x-amz-json-1.1"}, answer.read()


def _refusal(status, message):
    body = {"__type": "ServiceUnavailableException", "message": message}
    return status, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps(body).encode()


def _pipeline_arn(headers, body, region, account_id):
    try:
        request = json.loads(body or b"{}")
        operation = headers.get("x-amz-target", "").rsplit(".", 1)[-1]
        name = request.get("pipelineName") or request.get("name") or request.get("pipeline", {}).get("name")
        below = [request.get(member, "*") for member in _BELOW_PIPELINE.get(operation, ())]
    except (AttributeError, ValueError):
        return "*"
    if not name:
        return request.get("resourceArn", "*")
    return f"arn:aws:codepipeline:{region}:{account_id}:{'/'.join([name, *below])}"
