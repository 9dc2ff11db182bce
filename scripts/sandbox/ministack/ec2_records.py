"""Records in the emulator's EC2."""

from ministack.core.responses import new_uuid
from ministack.services import ec2
from ministack.services.cloudformation.provisioners import _ec2_apply_tags


def new_id(prefix):
    return f"{prefix}-{new_uuid().replace('-', '')[:17]}"


def is_true(value):
    # YAML's booleans reach properties as text when they went through a parameter.
    return str(value).lower() == "true"


def create_record(store, identity, record, properties):
    store[identity] = record
    _ec2_apply_tags(identity, properties)


def delete_record(store):
    def delete(physical_id, properties):
        store.pop(physical_id, None)
        ec2._tags.pop(physical_id, None)

    return delete
