"""Network ACLs and rules of security groups: the emulator's EC2 has records for them, its CloudFormation not the types."""

from ministack.core.responses import get_account_id
from ministack.services import ec2
from ministack.services.cloudformation.provisioners import _ec2_sg_permissions

from ec2_records import create_record, delete_record, is_true, new_id
from resource_type import ResourceType

# ---- network access control lists ----


def _create_acl(logical_id, properties, stack_name):
    acl_id = new_id("acl")
    record = {
        "NetworkAclId": acl_id,
        "VpcId": properties["VpcId"],
        "IsDefault": False,
        "Entries": [],
        "Associations": [],
        "Tags": [],
        "OwnerId": get_account_id(),
    }
    create_record(ec2._network_acls, acl_id, record, properties)
    return acl_id, {"Id": acl_id}


def _acl(acl_id):
    if acl_id not in ec2._network_acls:
        raise ValueError(f"The network ACL '{acl_id}' does not exist")
    return ec2._network_acls[acl_id]


def _create_entry(logical_id, properties, stack_name):
    acl_id, number, egress = _entry_key(properties)
    _delete_entry("", properties)
    destination = "Ipv6CidrBlock" if properties.get("Ipv6CidrBlock") else "CidrBlock"
    _acl(acl_id)["Entries"].append(
        {
            "RuleNumber": number,
            "Protocol": str(properties["Protocol"]),
            "RuleAction": properties["RuleAction"],
            "Egress": egress,
            destination: properties[destination],
        }
    )
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
    return properties["NetworkAclId"], int(properties["RuleNumber"]), is_true(properties.get("Egress", False))


def _create_acl_association(logical_id, properties, stack_name):
    association_id = new_id("aclassoc")
    _acl(properties["NetworkAclId"])["Associations"].append(
        {
            "NetworkAclAssociationId": association_id,
            "SubnetId": properties["SubnetId"],
        }
    )
    return association_id, {"AssociationId": association_id}


def _delete_acl_association(physical_id, properties):
    for acl in ec2._network_acls.values():
        acl["Associations"] = [
            association for association in acl["Associations"] if association["NetworkAclAssociationId"] != physical_id
        ]


# ---- security group rules ----


def _rule(side):
    """`create` and `delete` of a rule that stands outside its group; `side` is the list of the group that holds it."""

    def create(logical_id, properties, stack_name):
        group = ec2._security_groups.get(properties["GroupId"])
        if group is None:
            raise ValueError(f"The security group '{properties['GroupId']}' does not exist")
        group[side].extend(_ec2_sg_permissions([properties]))
        return new_id("sgr"), {}

    def delete(physical_id, properties):
        group = ec2._security_groups.get(properties["GroupId"])
        if group:
            gone = _ec2_sg_permissions([properties])
            group[side] = [permission for permission in group[side] if permission not in gone]

    return create, delete


_create_ingress, _delete_ingress = _rule("IpPermissions")
_create_egress, _delete_egress = _rule("IpPermissionsEgress")


_UNFILTERED = "no traffic is filtered"

TYPES = (
    ResourceType(
        "AWS::EC2::NetworkAcl", _create_acl, delete_record(ec2._network_acls), tagged=True, missing=_UNFILTERED
    ),
    ResourceType("AWS::EC2::NetworkAclEntry", _create_entry, _delete_entry, missing=_UNFILTERED),
    ResourceType(
        "AWS::EC2::SubnetNetworkAclAssociation", _create_acl_association, _delete_acl_association, missing=_UNFILTERED
    ),
    ResourceType("AWS::EC2::SecurityGroupIngress", _create_ingress, _delete_ingress, missing=_UNFILTERED),
    ResourceType("AWS::EC2::SecurityGroupEgress", _create_egress, _delete_egress, missing=_UNFILTERED),
)
