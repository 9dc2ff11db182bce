"""Other types that the emulator's EC2 has records for, but its CloudFormation does not know."""

import time

from ministack.services import ec2
from ministack.services.cloudformation.provisioners import _ec2_apply_tags

from ec2_records import create_record, delete_record, is_true, new_id
from resource_type import ResourceType


def _now():
    return time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())


def _create_address(logical_id, properties, stack_name):
    allocation_id = new_id("eipalloc")
    record = {
        "AllocationId": allocation_id,
        "PublicIp": ec2._random_ip("52."),
        "Domain": properties.get("Domain", "vpc"),
        "AssociationId": None,
        "InstanceId": None,
        "NetworkInterfaceId": None,
        "PrivateIpAddress": None,
    }
    create_record(ec2._addresses, allocation_id, record, properties)
    return record["PublicIp"], {"AllocationId": allocation_id, "PublicIp": record["PublicIp"]}


def _delete_address(physical_id, properties):
    # The physical id of an address is the address, while EC2 keeps it by its allocation.
    for allocation_id, address in list(ec2._addresses.items()):
        if address["PublicIp"] == physical_id:
            delete_record(ec2._addresses)(allocation_id, properties)


def _create_nat_gateway(logical_id, properties, stack_name):
    nat_id = new_id("nat")
    record = {
        "NatGatewayId": nat_id,
        "SubnetId": properties["SubnetId"],
        "VpcId": ec2._subnets[properties["SubnetId"]]["VpcId"],
        "AllocationId": properties.get("AllocationId"),
        "ConnectivityType": properties.get("ConnectivityType", "public"),
        "State": "available",
        "CreateTime": _now(),
        "Tags": [],
    }
    create_record(ec2._nat_gateways, nat_id, record, properties)
    return nat_id, {"NatGatewayId": nat_id}


def _create_volume(logical_id, properties, stack_name):
    volume_id = new_id("vol")
    record = {
        "VolumeId": volume_id,
        "AvailabilityZone": properties["AvailabilityZone"],
        "State": "available",
        "SnapshotId": properties.get("SnapshotId", ""),
        "Encrypted": is_true(properties.get("Encrypted", False)),
        "CreateTime": _now(),
        "Attachments": [],
        "MultiAttachEnabled": False,
        **_volume_size(properties),
    }
    create_record(ec2._volumes, volume_id, record, properties)
    return volume_id, {"VolumeId": volume_id}


def _update_volume(physical_id, old, new, stack_name):
    ec2._volumes[physical_id].update(_volume_size(new))
    _ec2_apply_tags(physical_id, new, old)
    return physical_id, {"VolumeId": physical_id}


def _volume_size(properties):
    return {
        "Size": int(properties.get("Size", 8)),
        "VolumeType": properties.get("VolumeType", "gp2"),
        "Iops": int(properties.get("Iops", 3000)),
        "Throughput": int(properties.get("Throughput", 125)),
    }


def _create_flow_log(logical_id, properties, stack_name):
    flow_log_id = new_id("fl")
    record = {
        "FlowLogId": flow_log_id,
        "ResourceId": properties["ResourceId"],
        "ResourceType": properties["ResourceType"],
        "TrafficType": properties.get("TrafficType", "ALL"),
        "LogDestinationType": properties.get("LogDestinationType", "cloud-watch-logs"),
        "LogDestination": properties.get("LogDestination") or properties.get("LogGroupName", ""),
        "FlowLogStatus": "ACTIVE",
        "CreationTime": _now(),
    }
    create_record(ec2._flow_logs, flow_log_id, record, properties)
    return flow_log_id, {"Id": flow_log_id}


TYPES = (
    ResourceType("AWS::EC2::EIP", _create_address, _delete_address, tagged=True, missing="nothing has that address"),
    ResourceType(
        "AWS::EC2::NatGateway",
        _create_nat_gateway,
        delete_record(ec2._nat_gateways),
        tagged=True,
        missing="no traffic is passed on",
    ),
    ResourceType(
        "AWS::EC2::Volume",
        _create_volume,
        delete_record(ec2._volumes),
        update=_update_volume,
        tagged=True,
        missing="nothing can be stored on it",
    ),
    ResourceType(
        "AWS::EC2::FlowLog",
        _create_flow_log,
        delete_record(ec2._flow_logs),
        tagged=True,
        missing="no traffic is logged",
    ),
)
