"""Gives the metrics that services publish by themselves on AWS to the alarms that look at them.

Nothing runs here that could be busy or full, so the figures are those of an idle service. Without them an alarm would stay
at INSUFFICIENT_DATA, and a check of alarms could not tell whether it works.
"""

import time

from ministack.services import cloudwatch

_IDLE = {
    ("AWS/EC2", "CPUUtilization"): 3.0,
    ("AWS/RDS", "FreeStorageSpace"): 50e9,
    ("AWS/ApplicationELB", "UnHealthyHostCount"): 0.0,
}


def install(provisioners) -> None:
    handlers = provisioners._RESOURCE_HANDLERS["AWS::CloudWatch::Alarm"]
    create = handlers["create"]

    def create_with_data(logical_id, properties, stack_name):
        provisioned = create(logical_id, properties, stack_name)
        _publish(properties)
        return provisioned

    handlers["create"] = create_with_data


def _publish(properties):
    namespace, name = properties.get("Namespace"), properties.get("MetricName")
    value = _IDLE.get((namespace, name))
    if value is None:
        return
    dimensions = {one["Name"]: one["Value"] for one in properties.get("Dimensions", [])}
    cloudwatch._store_datum(namespace, name, dimensions, time.time(), "None", value, None, None, None)
    cloudwatch._evaluate_all_alarms()
