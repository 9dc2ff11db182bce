"""Composite alarms: the emulator's CloudWatch evaluates them, but its CloudFormation does not know the type."""

from ministack.core.responses import get_account_id, get_region
from ministack.services import cloudwatch
from ministack.services.cloudformation.provisioners import _physical_name

from resource_type import ResourceType


def _put(name, properties):
    # Through the API's own handler, which parses the rule and refuses alarms that do not exist.
    request = {**properties, "AlarmName": name}
    status, _, body = cloudwatch._put_composite_alarm({}, request, False, is_json=True)
    if status != 200:
        raise ValueError(body.decode() if isinstance(body, bytes) else body)
    return name, {"Arn": f"arn:aws:cloudwatch:{get_region()}:{get_account_id()}:alarm:{name}"}


def _create(logical_id, properties, stack_name):
    return _put(properties.get("AlarmName") or _physical_name(stack_name, logical_id), properties)


def _update(physical_id, old, new, stack_name):
    return _put(physical_id, new)


def _delete(physical_id, properties):
    cloudwatch._composite_alarms.pop(physical_id, None)


TYPES = (ResourceType("AWS::CloudWatch::CompositeAlarm", _create, _delete, update=_update),)
