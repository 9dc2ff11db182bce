"""Completes GetAccountAuthorizationDetails: the boundaries of roles, and how many have a policy, are left out by the emulator."""

import re

from ministack.services import iam

_OPERATION = "GetAccountAuthorizationDetails"


def install() -> None:
    describe = iam._IAM_HANDLERS[_OPERATION]

    def described(parameters):
        status, headers, body = describe(parameters)
        roles, end, others = body.decode().partition("</RoleDetailList>")
        roles = re.sub(r"<RoleName>([^<]*)</RoleName><RoleId>", _with_boundary, roles)
        others = re.sub(r"<Arn>([^<]*)</Arn>", _with_count, others)
        return status, headers, (roles + end + others).encode()

    iam._IAM_HANDLERS[_OPERATION] = described


def _with_boundary(role):
    arn = iam._roles.get(role[1], {}).get("PermissionsBoundary")
    if not arn:
        return role[0]
    kind = "<PermissionsBoundaryType>PermissionsBoundaryPolicy</PermissionsBoundaryType>"
    boundary = f"{kind}<PermissionsBoundaryArn>{arn}</PermissionsBoundaryArn>"
    return f"<PermissionsBoundary>{boundary}</PermissionsBoundary>{role[0]}"


def _with_count(policy):
    count = iam._policies.get(policy[1], {}).get("AttachmentCount", 0)
    return f"{policy[0]}<AttachmentCount>{count}</AttachmentCount>"
