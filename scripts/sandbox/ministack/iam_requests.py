"""Lets IAM check requests by the actions and resources of AWS, where the emulator takes others."""

import re

from ministack.core import iam_actions
from ministack.services import cloudformation

_ALIAS = re.compile(r"/functions/[^/]+/aliases/[^/]+$")
_OF_ALIAS = {"DELETE": "lambda:DeleteAlias", "GET": "lambda:GetAlias", "PUT": "lambda:UpdateAlias"}


def install() -> None:
    iam_action = iam_actions.extract_iam_action

    def action_of_alias(service, method, path, headers, body, query_params):
        if service == "lambda" and _ALIAS.search(path) and method in _OF_ALIAS:
            return _OF_ALIAS[method]
        return iam_action(service, method, path, headers, body, query_params)

    iam_actions.extract_iam_action = action_of_alias

    resource_arn = iam_actions.extract_resource_arn

    # A request about a change set concerns its stack, also when only the id of the change set is given.
    def resource_arn_of_stack(service, method, path, headers, body, query_params, region, account_id):
        found = resource_arn(service, method, path, headers, body, query_params, region, account_id)
        if service != "cloudformation" or found != "*":
            return found
        given = query_params.get("ChangeSetName", "")
        change_set = given[0] if isinstance(given, list) else given
        known = cloudformation._change_sets.get_scoped(account_id, region, change_set) or {}
        return known.get("StackId", found)

    iam_actions.extract_resource_arn = resource_arn_of_stack
