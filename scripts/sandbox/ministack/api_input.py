"""Turns the properties of a resource in a template into the input of its service's API, by botocore's model of that API.

Templates spell members in PascalCase and may have text for every scalar; the API has its own spelling, and types.
"""

import json

from ec2_records import is_true


def convert(shape, value, path):
    """The value as `shape` has it.

    Raises ValueError for what the API does not know, as CloudFormation does for what a resource type does not know.
    """
    if shape.type_name == "structure":
        return _structure(shape, value, path)
    if shape.type_name == "list":
        return [convert(shape.member, one, f"{path}/{index}") for index, one in enumerate(_expect(list, value, path))]
    if shape.type_name == "map":
        # Keys of a map are names that somebody has chosen.
        return {key: convert(shape.value, one, f"{path}/{key}") for key, one in _expect(dict, value, path).items()}
    return _scalar(shape, value, path)


def _structure(shape, value, path):
    members = {name.lower(): name for name in shape.members}
    converted = {}
    for key, one in _expect(dict, value, path).items():
        name = members.get(key.lower())
        if name is None:
            raise ValueError(f"Properties validation failed: [{path}: extraneous key [{key}] is not permitted]")
        converted[name] = convert(shape.members[name], one, f"{path}/{key}")
    return converted


def _scalar(shape, value, path):
    try:
        if shape.type_name in ("integer", "long"):
            return int(value)
        if shape.type_name in ("float", "double"):
            return float(value)
        if shape.type_name == "boolean":
            return is_true(value)
    except (TypeError, ValueError):
        raise ValueError(f"Properties validation failed: [{path}: {value!r} is not a number]") from None
    if isinstance(value, (dict, list)):
        return json.dumps(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _expect(kind, value, path):
    if not isinstance(value, kind):
        raise ValueError(f"Properties validation failed: [{path}: expected {'an object' if kind is dict else 'a list'}]")
    return value
