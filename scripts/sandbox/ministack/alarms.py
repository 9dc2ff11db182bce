"""Evaluates metric alarms as CloudWatch does: on the metric's own dimensions, period by period, with M of N and missing data.

The emulator mixes all dimensions of a metric, takes all periods as one, and looks only when data is put. Here an alarm is also
evaluated when it is described, so that it ends when its data has become too old. Metric math and anomaly bands are not evaluated.
"""

import time

from ministack.services import cloudwatch

_BREACHES = {
    "GreaterThanOrEqualToThreshold": lambda value, threshold: value >= threshold,
    "GreaterThanThreshold": lambda value, threshold: value > threshold,
    "LessThanThreshold": lambda value, threshold: value < threshold,
    "LessThanOrEqualToThreshold": lambda value, threshold: value <= threshold,
}

# By alarm: the state that its last evaluation gave it. SetAlarmState gives it another.
_evaluated = {}


class _Dimensions(dict):
    """True also when empty: a request without dimensions means the metric that has none, and the emulator takes it for all metrics."""

    def __bool__(self):
        return True


def install() -> None:
    dimensions_from_list = cloudwatch._dims_from_list
    cloudwatch._dims_from_list = lambda dimensions: _Dimensions(dimensions_from_list(dimensions))
    cloudwatch._evaluate_alarm = evaluate
    describe = cloudwatch._describe_alarms

    def describe_evaluated(*arguments, **options):
        for alarm in cloudwatch._alarms.values():
            # A state that was set by hand stays until there is new data.
            if _evaluated.get(alarm["AlarmArn"], alarm["StateValue"]) == alarm["StateValue"]:
                evaluate(alarm)
        return describe(*arguments, **options)

    cloudwatch._describe_alarms = describe_evaluated


def evaluate(alarm) -> None:
    """Gives the alarm the state that its data asks for, and carries out its actions if that is another one."""
    breaches = _BREACHES.get(alarm.get("ComparisonOperator"))
    if not alarm.get("MetricName") or breaches is None:
        return
    threshold = float(alarm["Threshold"])
    values = _values(alarm)
    state = _state(alarm, [breaches(value, threshold) for value in values])
    if state is None:
        return
    old, _evaluated[alarm["AlarmArn"]] = alarm["StateValue"], state
    if state == old:
        return
    shown = ", ".join(f"{value:g}" for value in values) or "no data"
    reason = f"Threshold Crossed: {_statistic(alarm)} [{shown}] against {alarm['ComparisonOperator']} {threshold:g}"
    alarm.update(StateValue=state, StateReason=reason, StateUpdatedTimestamp=int(time.time()))
    cloudwatch._record_history(alarm["AlarmName"], old, state, reason)
    cloudwatch._dispatch_alarm_actions(alarm, old, state, reason)
    cloudwatch._evaluate_parent_alarms(alarm)


def points_of(alarm) -> list:
    """All points of the alarm's metric, whatever their age."""
    dimensions = cloudwatch._dims_from_list(alarm.get("Dimensions") or [])
    return cloudwatch._metrics.get((alarm["Namespace"], alarm["MetricName"], cloudwatch._dims_key(dimensions))) or []


def _values(alarm):
    """The statistic of each period that has data, the newest first."""
    period, count = int(alarm.get("Period", 60)), int(alarm.get("EvaluationPeriods", 1))
    now = time.time()
    periods = {}
    for point in points_of(alarm):
        age = int((now - point["Timestamp"]) // period)
        if age < count:
            # A timestamp may lie a little ahead.
            periods.setdefault(max(age, 0), []).append(point)
    found = [
        cloudwatch._stat_value(cloudwatch._calc_stats(points), _statistic(alarm), points)
        for _, points in sorted(periods.items())
    ]
    return [value for value in found if value is not None]


def _statistic(alarm):
    return alarm.get("ExtendedStatistic") or alarm.get("Statistic") or "Average"


def _state(alarm, breaching):
    """ALARM, OK, or None where the state stays as it is."""
    periods = int(alarm.get("EvaluationPeriods", 1))
    needed = int(alarm.get("DatapointsToAlarm") or periods)
    missing = periods - len(breaching)
    treatment = alarm.get("TreatMissingData") or "missing"
    bad = sum(breaching)
    if treatment == "breaching":
        bad += missing
    elif treatment == "ignore" and bad < needed <= bad + missing:
        return None
    elif treatment == "missing":
        # On AWS an alarm without any data goes to INSUFFICIENT_DATA. Here it keeps its state: what does not run sends no data.
        if not breaching:
            return None
        needed = min(needed, len(breaching))
    return "ALARM" if bad >= needed else "OK"
