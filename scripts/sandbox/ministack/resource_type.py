"""A CloudFormation resource type that is added to the emulator."""

from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType
from typing import Callable

import worker_threads

Properties = dict
# Physical id and the attributes that Fn::GetAtt answers.
Provisioned = tuple


@dataclass(frozen=True)
class ResourceType:
    name: str
    # create(logical id, properties, stack name)
    create: Callable[[str, Properties, str], Provisioned]
    # delete(physical id, properties)
    delete: Callable[[str, Properties], None]
    # update(physical id, old properties, new properties, stack name); absent: a change creates a replacement.
    update: Callable[[str, Properties, Properties, str], Provisioned] | None = None
    tagged: bool = False
    # The effects that the resource has on AWS and not here, where its service's API only describes it.
    missing: str | None = None
    # True where its work calls another server: the emulator then does it on a thread.
    waits: bool = False

    def register(self, provisioners: ModuleType) -> None:
        """Adds the type to the emulator's registry."""
        handlers = {"create": self.create, "delete": self.delete}
        if self.update:
            handlers["update"] = self.update
        provisioners._RESOURCE_HANDLERS[self.name] = handlers
        if self.waits:
            worker_threads.use_for(self.name)
        if self.tagged:
            # Stack tags reach only the types in this table.
            provisioners._STACK_TAG_PROPERTY[self.name] = ("Tags", "list")
