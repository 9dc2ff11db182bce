"""The audit trail and AWS Config: the emulator has both services, its CloudFormation neither."""

import json
import time

from ministack.core.responses import get_account_id, get_region, json_response
from ministack.services import cloudtrail, config, iam, s3
from ministack.services.cloudformation.provisioners import _physical_name

from ec2_records import is_true
from resource_type import ResourceType


def _call(handler, request):
    """Calls a handler of the emulator's API, which also validates, and raises what it refuses."""
    status, _, body = handler(request)
    answer = json.loads(body or "{}")
    if status >= 400:
        raise ValueError(answer.get("message") or answer.get("Message") or str(answer))
    return answer


# ---- trail ----


def _create_trail(logical_id, properties, stack_name):
    name = properties.get("TrailName") or _physical_name(stack_name, logical_id, max_len=128)
    _call(cloudtrail._create_trail, {"Name": name, "S3BucketName": properties["S3BucketName"]})
    return _configure_trail(name, properties)


def _update_trail(physical_id, old, new, stack_name):
    return _configure_trail(physical_id, new)


def _configure_trail(name, properties):
    _call(
        cloudtrail._update_trail,
        {
            "Name": name,
            "S3BucketName": properties["S3BucketName"],
            "IsMultiRegionTrail": is_true(properties.get("IsMultiRegionTrail", False)),
            "IncludeGlobalServiceEvents": is_true(properties.get("IncludeGlobalServiceEvents", False)),
            "EnableLogFileValidation": is_true(properties.get("EnableLogFileValidation", False)),
            "KmsKeyId": properties.get("KMSKeyId", ""),
            "CloudWatchLogsLogGroupArn": properties.get("CloudWatchLogsLogGroupArn", ""),
            "CloudWatchLogsRoleArn": properties.get("CloudWatchLogsRoleArn", ""),
        },
    )
    if properties.get("EventSelectors"):
        selectors = [
            {**one, "IncludeManagementEvents": is_true(one.get("IncludeManagementEvents", True))}
            for one in properties["EventSelectors"]
        ]
        _call(cloudtrail._put_event_selectors, {"TrailName": name, "EventSelectors": selectors})
    if is_true(properties.get("IsLogging")):
        _call(cloudtrail._start_logging, {"Name": name})
        _deliver(name, properties)
    else:
        _call(cloudtrail._stop_logging, {"Name": name})
    return name, {"Arn": cloudtrail._trail_arn(name)}


# By trail: the time of the last delivery. No call is recorded here, so the delivered file is empty: it shows that the bucket takes it.
_delivered = {}


def _deliver(name, properties):
    bucket = properties["S3BucketName"]
    prefix = f"{properties['S3KeyPrefix']}/" if properties.get("S3KeyPrefix") else ""
    key = f"{prefix}AWSLogs/{get_account_id()}/CloudTrail/{get_region()}/{int(time.time())}.json"
    status = s3._put_object(bucket, key, b'{"Records":[]}', {})[0]
    if status == 200:
        _delivered[name] = time.time()


def _status_with_delivery(request):
    status, headers, body = _emulators_status(request)
    delivered = _delivered.get(request.get("Name", "").rsplit("/", 1)[-1])
    if status != 200 or delivered is None:
        return status, headers, body
    return json_response({**json.loads(body), "LatestDeliveryTime": delivered})


_emulators_status = cloudtrail._get_trail_status


def install() -> None:
    # The emulator's own answer never tells of a delivery.
    cloudtrail._DISPATCH["GetTrailStatus"] = _status_with_delivery


def _delete_trail(physical_id, properties):
    _delivered.pop(physical_id, None)
    cloudtrail._delete_trail({"Name": physical_id})


# ---- configuration recorder ----


def _create_recorder(logical_id, properties, stack_name):
    name = properties.get("Name") or _physical_name(stack_name, logical_id)
    others = [one for one in config._recorders if one != name]
    if others:
        raise ValueError(f"Failed to put configuration recorder '{name}': the maximum number, 1, is reached: {others}")
    return _put_recorder(name, properties)


def _update_recorder(physical_id, old, new, stack_name):
    return _put_recorder(physical_id, new)


def _put_recorder(name, properties):
    group = properties.get("RecordingGroup", {})
    request = {
        "name": name,
        "roleARN": properties["RoleARN"],
        "recordingGroup": {
            "allSupported": is_true(group.get("AllSupported", True)),
            "includeGlobalResourceTypes": is_true(group.get("IncludeGlobalResourceTypes", False)),
        },
    }
    _call(config._put_configuration_recorder, {"ConfigurationRecorder": request})
    # On AWS, CloudFormation starts it as soon as there is a channel; both are in one template.
    _call(config._start_configuration_recorder, {"ConfigurationRecorderName": name})
    return name, {}


def _delete_recorder(physical_id, properties):
    config._recorders.pop(physical_id, None)


def _create_channel(logical_id, properties, stack_name):
    return _put_channel(properties.get("Name") or _physical_name(stack_name, logical_id), properties)


def _update_channel(physical_id, old, new, stack_name):
    return _put_channel(physical_id, new)


def _put_channel(name, properties):
    frequency = properties.get("ConfigSnapshotDeliveryProperties", {}).get("DeliveryFrequency")
    request = {
        "name": name,
        "s3BucketName": properties["S3BucketName"],
        **({"s3KmsKeyArn": properties["S3KmsKeyArn"]} if properties.get("S3KmsKeyArn") else {}),
        **({"configSnapshotDeliveryProperties": {"deliveryFrequency": frequency}} if frequency else {}),
    }
    _call(config._put_delivery_channel, {"DeliveryChannel": request})
    return name, {}


def _delete_channel(physical_id, properties):
    config._delivery_channels.pop(physical_id, None)


# ---- rules ----


def _create_rule(logical_id, properties, stack_name):
    if not config._recorders:
        raise ValueError("A configuration recorder is required before a rule can be put")
    return _put_rule(properties.get("ConfigRuleName") or _physical_name(stack_name, logical_id), properties)


def _update_rule(physical_id, old, new, stack_name):
    return _put_rule(physical_id, new)


def _put_rule(name, properties):
    _call(config._put_config_rule, {"ConfigRule": {**properties, "ConfigRuleName": name}})
    rule = config._config_rules[name]
    return name, {"Arn": rule["ConfigRuleArn"], "ConfigRuleId": rule["ConfigRuleId"]}


def _delete_rule(physical_id, properties):
    config._config_rules.pop(physical_id, None)


# ---- role ----


def _create_linked_role(logical_id, properties, stack_name):
    service = properties["AWSServiceName"]
    status, _, body = iam._create_service_linked_role({"AWSServiceName": [service]})
    if status != 200:
        raise ValueError(body.decode() if isinstance(body, bytes) else body)
    name = next(name for name, role in iam._roles.items() if role["Path"] == f"/aws-service-role/{service}/")
    return name, {"RoleName": name}


def _delete_linked_role(physical_id, properties):
    iam._roles.pop(physical_id, None)


TYPES = (
    ResourceType(
        "AWS::CloudTrail::Trail",
        _create_trail,
        _delete_trail,
        update=_update_trail,
        missing="no call is recorded",
    ),
    ResourceType(
        "AWS::Config::ConfigurationRecorder",
        _create_recorder,
        _delete_recorder,
        update=_update_recorder,
        missing="no history is kept",
    ),
    ResourceType(
        "AWS::Config::DeliveryChannel",
        _create_channel,
        _delete_channel,
        update=_update_channel,
        missing="no snapshot is delivered",
    ),
    # Rules are evaluated, by config_rules.py.
    ResourceType("AWS::Config::ConfigRule", _create_rule, _delete_rule, update=_update_rule),
    ResourceType("AWS::IAM::ServiceLinkedRole", _create_linked_role, _delete_linked_role),
)
