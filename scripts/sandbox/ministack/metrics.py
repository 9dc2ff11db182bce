"""Publishes the metrics that services publish by themselves on AWS, and has the alarms on them evaluated at once."""

import threading
import time

from ministack.services import cloudwatch

import alarms

_lock = threading.Lock()

# A load test makes series of thousands of points, all of which an evaluation reads.
_LONG_SERIES = 1000
_SECONDS_BETWEEN_EVALUATIONS = 1.0
_evaluated_at = {}


def publish(namespace: str, sets: list, values: dict) -> None:
    """Adds a data point for each metric, {name: (value, unit)}, to each set of dimensions."""
    with _lock:
        for dimensions in sets:
            for name, (value, unit) in values.items():
                _add(cloudwatch._metric_bucket((namespace, name, cloudwatch._dims_key(dimensions))), dimensions, value, unit)
    for alarm in cloudwatch._alarms.values():
        if alarm.get("Namespace") == namespace and alarm.get("MetricName") in values and _is_due(alarm):
            alarms.evaluate(alarm)


def _is_due(alarm):
    """Tells whether the alarm is evaluated now. An alarm on a long series waits a second, or until it is described."""
    now = time.monotonic()
    arn = alarm["AlarmArn"]
    if len(alarms.points_of(alarm)) > _LONG_SERIES and now - _evaluated_at.get(arn, 0) < _SECONDS_BETWEEN_EVALUATIONS:
        return False
    _evaluated_at[arn] = now
    return True


def _add(points, dimensions, value, unit):
    """Adds a data point, or counts it to the one before where that is the same: a load test makes thousands of them."""
    now = time.time()
    last = points[-1] if points else None
    if last and last["Value"] == value and now - last["Timestamp"] < 1:
        last["Count"] = last.get("Count", 1.0) + 1
        return
    points.append({"Timestamp": now, "Value": float(value), "Count": 1.0, "Unit": unit, "Dimensions": dimensions})
