"""Firewall associations and their logs, and Shield: the emulator's WAF keeps associations, its CloudFormation does not."""

from ministack.core.responses import get_account_id, new_uuid
from ministack.services import waf

from resource_type import ResourceType


def _create_association(logical_id, properties, stack_name):
    resource, firewall = properties["ResourceArn"], properties["WebACLArn"]
    _, refused = waf._resolve_local_web_acl(firewall)
    if refused:
        raise ValueError(f"The web ACL '{firewall}' does not exist")
    waf._associations[resource] = firewall
    return f"{firewall}|{resource}", {}


def _delete_association(physical_id, properties):
    waf._associations.pop(properties["ResourceArn"], None)


def _create_logging(logical_id, properties, stack_name):
    _, refused = waf._resolve_local_web_acl(properties["ResourceArn"])
    if refused:
        raise ValueError(f"The web ACL '{properties['ResourceArn']}' does not exist")
    return properties["ResourceArn"], {"ManagedByFirewallManager": "false"}


def _create_protection(logical_id, properties, stack_name):
    protection_id = new_uuid()
    arn = f"arn:aws:shield::{get_account_id()}:protection/{protection_id}"
    return arn, {"ProtectionId": protection_id, "ProtectionArn": arn}


def _forget(physical_id, properties):
    """For things that the stack alone keeps."""


TYPES = (
    ResourceType(
        "AWS::WAFv2::WebACLAssociation", _create_association, _delete_association, missing="no request is filtered"
    ),
    ResourceType("AWS::WAFv2::LoggingConfiguration", _create_logging, _forget, missing="kept by its stack alone"),
    ResourceType("AWS::Shield::Protection", _create_protection, _forget, missing="kept by its stack alone"),
)
