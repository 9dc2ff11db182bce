"""Gives every resource a duration.

The emulator creates ordinary resources within one turn of its event loop, so no client ever sees a stack in progress,
and no operation can be cancelled. The emulator awaits only the types that block, on a thread. Here all types are awaited, and
the wait is a sleep on the event loop itself.
"""

import asyncio

from ministack.services.cloudformation import stacks

_run_on_thread = stacks.run_reentrant


def install(delay: float) -> None:
    """Makes the creation, change and deletion of a resource take `delay` seconds."""
    if delay <= 0:
        return
    blocks = stacks._runs_on_worker_thread

    async def run_after_delay(action, resource_type, *arguments):
        if not _leaves_unchanged(action, arguments):
            await asyncio.sleep(delay)
        if blocks(resource_type):
            return await _run_on_thread(action, resource_type, *arguments)
        return action(resource_type, *arguments)

    stacks._runs_on_worker_thread = lambda resource_type: True
    stacks.run_reentrant = run_after_delay


def _leaves_unchanged(action, arguments) -> bool:
    """True for an update of a resource that does not change, which the emulator skips as well."""
    updates = (stacks._update_resource, stacks._update_keeping_seed)
    return action in updates and arguments[1] == arguments[2]
