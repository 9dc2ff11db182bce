"""Gives an auto-scaling group of a stack its instances, as records: the emulator's CloudFormation leaves groups empty.

Nothing runs on them. EC2, the group and the load balancer's targets agree on them, so that an instance stopped through EC2's
API shows in all the places where it shows on AWS.
"""

from ministack.services import alb, autoscaling, ec2

from ec2_records import is_true


def install(provisioners) -> None:
    handlers = provisioners._RESOURCE_HANDLERS["AWS::AutoScaling::AutoScalingGroup"]
    create, update, delete = handlers["create"], handlers["update"], handlers["delete"]

    def create_with_instances(logical_id, properties, stack_name):
        provisioned = create(logical_id, properties, stack_name)
        _scale(provisioned[0], properties)
        return provisioned

    def update_with_instances(physical_id, old, new, stack_name, logical_id=None):
        provisioned = update(physical_id, old, new, stack_name, logical_id)
        _scale(provisioned[0], new)
        return provisioned

    def delete_with_instances(physical_id, properties):
        for instance in _instances(physical_id):
            _terminate(instance, properties)
        delete(physical_id, properties)

    handlers.update(create=create_with_instances, update=update_with_instances, delete=delete_with_instances)
    alb._ACTION_MAP["DescribeTargetHealth"] = _describe_target_health


def _instances(group_name):
    group = autoscaling._asgs.get(group_name)
    return group["Instances"] if group else []


def _scale(group_name, properties):
    group = autoscaling._asgs[group_name]
    before = list(group["Instances"])
    autoscaling._reconcile_instances(group)
    for instance in before:
        if instance not in group["Instances"]:
            _terminate(instance, properties)
    for instance in group["Instances"]:
        if instance not in before:
            _launch(instance, group, properties)


def _launch(instance, group, properties):
    subnets = group["VPCZoneIdentifier"].split(",")
    data = _launch_data(group)
    [record] = ec2._launch_instances_internal(
        image_id=data.get("ImageId", "ami-00000000"),
        instance_type=data.get("InstanceType", "t3.micro"),
        subnet_id=subnets[group["Instances"].index(instance) % len(subnets)],
        count=1,
        sg_ids=data.get("SecurityGroupIds"),
    )
    instance["InstanceId"] = record["InstanceId"]
    subnet = ec2._subnets.get(record["SubnetId"], {})
    instance["AvailabilityZone"] = subnet.get("AvailabilityZone", instance["AvailabilityZone"])
    _shape_volumes(record, data, instance["AvailabilityZone"])
    for target_group in properties.get("TargetGroupARNs", []):
        port = alb._tgs[target_group].get("Port", 80)
        alb._targets.setdefault(target_group, []).append({"Id": record["InstanceId"], "Port": port})


def _launch_data(group):
    template = ec2._launch_templates.get(group["LaunchTemplate"].get("LaunchTemplateId"), {})
    versions = template.get("Versions") or template.get("versions") or []
    return versions[-1].get("LaunchTemplateData", {}) if versions else {}


def _shape_volumes(record, data, zone):
    mapping = next(iter(data.get("BlockDeviceMappings") or []), {}).get("Ebs", {})
    for device in record["BlockDeviceMappings"]:
        volume = ec2._volumes[device["Ebs"]["VolumeId"]]
        size = int(mapping.get("VolumeSize", volume["Size"]))
        volume.update(Encrypted=is_true(mapping.get("Encrypted", False)), Size=size, AvailabilityZone=zone)


def _terminate(instance, properties):
    record = ec2._instances.get(instance["InstanceId"])
    for target_group in properties.get("TargetGroupARNs", []):
        registered = alb._targets.get(target_group, [])
        alb._targets[target_group] = [one for one in registered if one["Id"] != instance["InstanceId"]]
    if record:
        ec2._terminate_instances({"InstanceId.1": [instance["InstanceId"]]})
        for device in record["BlockDeviceMappings"]:
            ec2._volumes.pop(device["Ebs"]["VolumeId"], None)


# ---- health: from the instance's state in EC2; the emulator calls every target healthy ----


def _describe_target_health(params):
    target_group = alb._p(params, "TargetGroupArn")
    if target_group not in alb._tgs:
        return alb._error("TargetGroupNotFound", f"Target group '{target_group}' not found.")
    wanted = {target["Id"] for target in alb._parse_targets_param(params)}
    registered = [one for one in alb._targets.get(target_group, []) if not wanted or one["Id"] in wanted]
    default_port = alb._tgs[target_group].get("Port", 80)
    members = "".join(_member(one, one.get("Port", default_port)) for one in registered)
    inner = f"<TargetHealthDescriptions>{members}</TargetHealthDescriptions>"
    return alb._xml(200, "DescribeTargetHealth", inner)


def _member(target, port):
    state, reason = _health(target["Id"])
    why = f"<Reason>{reason}</Reason>" if reason else ""
    return (
        f"<member><Target><Id>{target['Id']}</Id><Port>{port}</Port></Target>"
        f"<TargetHealth><State>{state}</State>{why}</TargetHealth></member>"
    )


def _health(target_id):
    if not target_id.startswith("i-"):
        return "healthy", None
    record = ec2._instances.get(target_id)
    running = record is not None and record["State"]["Name"] == "running"
    return ("healthy", None) if running else ("unused", "Target.InvalidState")
