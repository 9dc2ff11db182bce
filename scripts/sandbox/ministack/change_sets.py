"""Lets IAM check requests about a change set on its stack, as AWS does. The emulator checks those with the id alone on `*`."""

from ministack.core import iam_actions
from ministack.services import cloudformation


def install() -> None:
    resource_arn = iam_actions.extract_resource_arn

    def resource_arn_of_stack(service, method, path, headers, body, query_params, region, account_id):
        found = resource_arn(service, method, path, headers, body, query_params, region, account_id)
        if service != "cloudformation" or found != "*":
            return found
        given = query_params.get("ChangeSetName", "")
        change_set = given[0] if isinstance(given, list) else given
        known = cloudformation._change_sets.get_scoped(account_id, region, change_set) or {}
        return known.get("StackId", found)

    iam_actions.extract_resource_arn = resource_arn_of_stack
