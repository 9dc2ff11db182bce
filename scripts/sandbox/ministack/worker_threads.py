"""Has the emulator do long work on a thread, as it does for custom resources, so that it goes on answering meanwhile."""

from ministack.services.cloudformation import stacks


def use_for(*names) -> None:
    """Resources of these types are created, changed and deleted on threads."""
    blocks = stacks._runs_on_worker_thread
    stacks._runs_on_worker_thread = lambda resource_type: resource_type in names or blocks(resource_type)
