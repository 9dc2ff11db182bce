"""Gives a database the secret that `ManageMasterUserPassword` asks for; the emulator ignores it for instances."""

from ministack.services import secretsmanager


def install(provisioners) -> None:
    handlers = provisioners._RESOURCE_HANDLERS["AWS::RDS::DBInstance"]
    create, update, delete = handlers["create"], handlers["update"], handlers["delete"]

    def with_secret(provisioned, properties):
        database_id, attributes = provisioned
        if str(properties.get("ManageMasterUserPassword")).lower() != "true":
            return provisioned
        name = _secret_name(database_id)
        if name not in secretsmanager._secrets:
            template = f'{{"username": "{properties.get("MasterUsername", "admin")}"}}'
            generate = {"SecretStringTemplate": template, "GenerateStringKey": "password", "ExcludeCharacters": '/@" '}
            provisioners._sm_secret_create("", {"Name": name, "GenerateSecretString": generate}, "")
        return database_id, {**attributes, "MasterUserSecret.SecretArn": secretsmanager._secrets[name]["ARN"]}

    def create_with_secret(logical_id, properties, stack_name):
        return with_secret(create(logical_id, properties, stack_name), properties)

    def update_with_secret(physical_id, old, new, stack_name, logical_id=None):
        return with_secret(update(physical_id, old, new, stack_name, logical_id), new)

    def delete_with_secret(physical_id, properties):
        delete(physical_id, properties)
        secretsmanager._secrets.pop(_secret_name(physical_id), None)

    handlers.update(create=create_with_secret, update=update_with_secret, delete=delete_with_secret)


def _secret_name(database_id):
    return f"rds!{database_id}"
