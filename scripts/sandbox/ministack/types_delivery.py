"""Pipelines and build projects of templates, which the stand-in for CodePipeline and CodeBuild makes and runs."""

import delivery
from api_input import convert
from ministack.services.cloudformation.provisioners import _physical_name
from resource_type import ResourceType

# ---- pipelines ----

# Properties of the template that are no part of the pipeline's structure.
_BESIDE_STRUCTURE = ("DisableInboundStageTransitions", "RestartExecutionOnUpdate", "Tags")


def _create_pipeline(logical_id, properties, stack_name):
    name = properties.get("Name") or _physical_name(stack_name, logical_id, max_len=100)
    request = {"pipeline": _structure("CreatePipeline", name, properties), "tags": _tags(properties)}
    created = delivery.call("codepipeline", "CreatePipeline", request)
    _settle_transitions(name, [], _closed(properties))
    return name, {"Version": str(created["pipeline"]["version"])}


def _update_pipeline(physical_id, old, new, stack_name):
    name = new.get("Name")
    if name and name != physical_id:
        return _create_pipeline(physical_id, new, stack_name)
    request = {"pipeline": _structure("UpdatePipeline", physical_id, new)}
    updated = delivery.call("codepipeline", "UpdatePipeline", request)
    _settle_transitions(physical_id, _closed(old), _closed(new))
    if str(new.get("RestartExecutionOnUpdate")).lower() == "true":
        delivery.call("codepipeline", "StartPipelineExecution", {"name": physical_id})
    return physical_id, {"Version": str(updated["pipeline"]["version"])}


def _delete_pipeline(physical_id, properties):
    delivery.call("codepipeline", "DeletePipeline", {"name": physical_id})


def _structure(operation, name, properties):
    shape = delivery.input_shape("codepipeline", operation).members["pipeline"]
    kept = {key: value for key, value in properties.items() if key not in _BESIDE_STRUCTURE}
    stores = kept.pop("ArtifactStores", None)
    if stores:
        # A list in templates, a map by region in the API.
        kept["artifactStores"] = {one["Region"]: one["ArtifactStore"] for one in stores}
    return {**convert(shape, kept, "#"), "name": name}


def _closed(properties):
    return properties.get("DisableInboundStageTransitions") or []


def _settle_transitions(name, old, new):
    stages = {one["StageName"] for one in new}
    for transition in new:
        request = {"pipelineName": name, "transitionType": "Inbound", "stageName": transition["StageName"]}
        delivery.call("codepipeline", "DisableStageTransition", {**request, "reason": transition["Reason"]})
    for transition in old:
        if transition["StageName"] not in stages:
            request = {"pipelineName": name, "transitionType": "Inbound", "stageName": transition["StageName"]}
            delivery.call("codepipeline", "EnableStageTransition", request)


# ---- build projects ----


def _create_project(logical_id, properties, stack_name):
    name = properties.get("Name") or _physical_name(stack_name, logical_id, max_len=255)
    created = delivery.call("codebuild", "CreateProject", _project("CreateProject", name, properties))
    return name, {"Arn": created["project"]["arn"]}


def _update_project(physical_id, old, new, stack_name):
    name = new.get("Name")
    if name and name != physical_id:
        return _create_project(physical_id, new, stack_name)
    updated = delivery.call("codebuild", "UpdateProject", _project("UpdateProject", physical_id, new))
    return physical_id, {"Arn": updated["project"]["arn"]}


def _delete_project(physical_id, properties):
    delivery.call("codebuild", "DeleteProject", {"name": physical_id})


def _project(operation, name, properties):
    converted = convert(delivery.input_shape("codebuild", operation), properties, "#")
    return {**converted, "name": name, "tags": _tags(properties)}


def _tags(properties):
    # Without those that CloudFormation adds by itself: an API takes no key of AWS's own from a client.
    own = [one for one in properties.get("Tags") or [] if not one["Key"].startswith("aws:")]
    return [{"key": one["Key"], "value": str(one["Value"])} for one in own]


TYPES = (
    ResourceType(
        "AWS::CodePipeline::Pipeline",
        _create_pipeline,
        _delete_pipeline,
        update=_update_pipeline,
        tagged=True,
        waits=True,
    ),
    ResourceType(
        "AWS::CodeBuild::Project",
        _create_project,
        _delete_project,
        update=_update_project,
        tagged=True,
        waits=True,
    ),
)
