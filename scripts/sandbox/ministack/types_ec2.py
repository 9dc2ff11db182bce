"""EC2 types that the emulator's EC2 has records for, but its CloudFormation does not know."""

import time

from ministack.core.responses import get_account_id, new_uuid
from ministack.services import ec2
from ministack.services.cloudformation.provisioners import _ec2_apply_tags, _ec2_sg_permissions

from resource_type import ResourceType


def _new_id(prefix):
    return f"{prefix}-{new_uuid().replace('-', '')[:17]}"


def _now():
    return time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())


def _true(value):
    # YAML's booleans reach properties as text when they went through a parameter.
    return str(value).lower() == "true"


def _create_record(store, identity, record, properties):
    store[identity] = record
    _ec2_apply_tags(identity, properties)


def _delete_record(store):
    def delete(physical_id, properties):
        store.pop(physical_id, None)
        ec2._tags.pop(physical_id, None)

    return delete


# ---- network access control lists ----


def _create_acl(logical_id, properties, stack_name):
    acl_id = _new_id("acl")
    record = {
        "NetworkAclId": acl_id, "VpcId": properties["VpcId"], "IsDefault": False, "Entries": [], "Associations": [],
        "Tags": [], "OwnerId": get_account_id(),
    }
    _create_record(ec2._network_acls, acl_id, record, properties)
    return acl_id, {"Id": acl_id}


def _acl(acl_id):
    if acl_id not in ec2._network_acls:
        raise ValueError(f"The network ACL '{acl_id}' does not exist")
    return ec2._network_acls[acl_id]


def _create_entry(logical_id, properties, stack_name):
    acl_id, number, egress = _entry_key(properties)
    _delete_entry("", properties)
    destination = "Ipv6CidrBlock" if properties.get("Ipv6CidrBlock") else "CidrBlock"
    _acl(acl_id)["Entries"].append({
        "RuleNumber": number, "Protocol": str(properties["Protocol"]), "RuleAction": properties["RuleAction"],
        "Egress": egress, destination: properties[destination],
    })
    # The key is the id, so that a changed entry (created anew, for want of an update) stays the same resource.
    return f"{acl_id}|{number}|{'egress' if egress else 'ingress'}", {}


def _delete_entry(physical_id, properties):
    acl_id, number, egress = _entry_key(properties)
    acl = ec2._network_acls.get(acl_id)
    if acl:
        acl["Entries"] = [
            entry for entry in acl["Entries"] if (entry["RuleNumber"], entry["Egress"]) != (number, egress)
        ]


def _entry_key(properties):
    return properties["NetworkAclId"], int(properties["RuleNumber"]), _true(properties.get("Egress", False))


def _create_acl_association(logical_id, properties, stack_name):
    association_id = _new_id("aclassoc")
    _acl(properties["NetworkAclId"])["Associations"].append({
        "NetworkAclAssociationId": association_id, "SubnetId": properties["SubnetId"],
    })
    return association_id, {"AssociationId": association_id}


def _delete_acl_association(physical_id, properties):
    for acl in ec2._network_acls.values():
        acl["Associations"] = [
            association for association in acl["Associations"]
            if association["NetworkAclAssociationId"] != physical_id
        ]


# ---- security group rules ----


def _rule(side):
    """`create` and `delete` of a rule that stands outside its group; `side` is the list of the group that holds it."""

    def create(logical_id, properties, stack_name):
        group = ec2._security_groups.get(properties["GroupId"])
        if group is None:
            raise ValueError(f"The security group '{properties['GroupId']}' does not exist")
        group[side].extend(_ec2_sg_permissions([properties]))
        return _new_id("sgr"), {}

    def delete(physical_id, properties):
        group = ec2._security_groups.get(properties["GroupId"])
        if group:
            gone = _ec2_sg_permissions([properties])
            group[side] = [permission for permission in group[side] if permission not in gone]

    return create, delete


_create_ingress, _delete_ingress = _rule("IpPermissions")
_create_egress, _delete_egress = _rule("IpPermissionsEgress")

# ---- addresses, NAT, volumes, flow logs ----


def _create_address(logical_id, properties, stack_name):
    allocation_id = _new_id("eipalloc")
    record = {
        "AllocationId": allocation_id, "PublicIp": ec2._random_ip("52."), "Domain": properties.get("Domain", "vpc"),
        "AssociationId": None, "InstanceId": None, "NetworkInterfaceId": None, "PrivateIpAddress": None,
    }
    _create_record(ec2._addresses, allocation_id, record, properties)
    return record["PublicIp"], {"AllocationId": allocation_id, "PublicIp": record["PublicIp"]}


def _delete_address(physical_id, properties):
    # The physical id of an address is the address, while EC2 keeps it by its allocation.
    for allocation_id, address in list(ec2._addresses.items()):
        if address["PublicIp"] == physical_id:
            _delete_record(ec2._addresses)(allocation_id, properties)


def _create_nat_gateway(logical_id, properties, stack_name):
    nat_id = _new_id("nat")
    record = {
        "NatGatewayId": nat_id, "SubnetId": properties["SubnetId"],
        "VpcId": ec2._subnets[properties["SubnetId"]]["VpcId"], "AllocationId": properties.get("AllocationId"),
        "ConnectivityType": properties.get("ConnectivityType", "public"), "State": "available", "CreateTime": _now(),
        "Tags": [],
    }
    _create_record(ec2._nat_gateways, nat_id, record, properties)
    return nat_id, {"NatGatewayId": nat_id}


def _create_volume(logical_id, properties, stack_name):
    volume_id = _new_id("vol")
    record = {
        "VolumeId": volume_id, "AvailabilityZone": properties["AvailabilityZone"], "State": "available",
        "SnapshotId": properties.get("SnapshotId", ""), "Encrypted": _true(properties.get("Encrypted", False)),
        "CreateTime": _now(), "Attachments": [], "MultiAttachEnabled": False, **_volume_size(properties),
    }
    _create_record(ec2._volumes, volume_id, record, properties)
    return volume_id, {"VolumeId": volume_id}


def _update_volume(physical_id, old, new, stack_name):
    ec2._volumes[physical_id].update(_volume_size(new))
    _ec2_apply_tags(physical_id, new, old)
    return physical_id, {"VolumeId": physical_id}


def _volume_size(properties):
    return {
        "Size": int(properties.get("Size", 8)), "VolumeType": properties.get("VolumeType", "gp2"),
        "Iops": int(properties.get("Iops", 3000)), "Throughput": int(properties.get("Throughput", 125)),
    }


def _create_flow_log(logical_id, properties, stack_name):
    flow_log_id = _new_id("fl")
    record = {
        "FlowLogId": flow_log_id, "ResourceId": properties["ResourceId"], "ResourceType": properties["ResourceType"],
        "TrafficType": properties.get("TrafficType", "ALL"),
        "LogDestinationType": properties.get("LogDestinationType", "cloud-watch-logs"),
        "LogDestination": properties.get("LogDestination") or properties.get("LogGroupName", ""),
        "FlowLogStatus": "ACTIVE", "CreationTime": _now(),
    }
    _create_record(ec2._flow_logs, flow_log_id, record, properties)
    return flow_log_id, {"Id": flow_log_id}


TYPES = (
    ResourceType("AWS::EC2::NetworkAcl", _create_acl, _delete_record(ec2._network_acls), tagged=True,
                 missing="no traffic is filtered"),
    ResourceType("AWS::EC2::NetworkAclEntry", _create_entry, _delete_entry, missing="no traffic is filtered"),
    ResourceType("AWS::EC2::SubnetNetworkAclAssociation", _create_acl_association, _delete_acl_association,
                 missing="no traffic is filtered"),
    ResourceType("AWS::EC2::SecurityGroupIngress", _create_ingress, _delete_ingress, missing="no traffic is filtered"),
    ResourceType("AWS::EC2::SecurityGroupEgress", _create_egress, _delete_egress, missing="no traffic is filtered"),
    ResourceType("AWS::EC2::EIP", _create_address, _delete_address, tagged=True, missing="nothing has that address"),
    ResourceType("AWS::EC2::NatGateway", _create_nat_gateway, _delete_record(ec2._nat_gateways), tagged=True,
                 missing="no traffic is passed on"),
    ResourceType("AWS::EC2::Volume", _create_volume, _delete_record(ec2._volumes), update=_update_volume, tagged=True,
                 missing="nothing can be stored on it"),
    ResourceType("AWS::EC2::FlowLog", _create_flow_log, _delete_record(ec2._flow_logs), tagged=True,
                 missing="no traffic is logged"),
)
