"""Gives a database the secret that `ManageMasterUserPassword` asks for; the emulator ignores it for instances."""

from ministack.services import rds, secretsmanager


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
        secret_arn = secretsmanager._secrets[name]["ARN"]
        key = properties.get("MasterUserSecret", {}).get("KmsKeyId", "")
        rds._instances[database_id]["MasterUserSecret"] = {"SecretArn": secret_arn, "KmsKeyId": key}
        return database_id, {**attributes, "MasterUserSecret.SecretArn": secret_arn}

    def create_with_secret(logical_id, properties, stack_name):
        return with_secret(create(logical_id, properties, stack_name), properties)

    def update_with_secret(physical_id, old, new, stack_name, logical_id=None):
        return with_secret(update(physical_id, old, new, stack_name, logical_id), new)

    def delete_with_secret(physical_id, properties):
        delete(physical_id, properties)
        secretsmanager._secrets.pop(_secret_name(physical_id), None)

    handlers.update(create=create_with_secret, update=update_with_secret, delete=delete_with_secret)
    rds._instance_xml = _described_with_secret(rds._instance_xml)


def _described_with_secret(describe):
    """DescribeDBInstances, with the secret that the emulator describes for clusters only."""

    def described(instance):
        secret = instance.get("MasterUserSecret")
        if not secret:
            return describe(instance)
        key = f"<KmsKeyId>{secret['KmsKeyId']}</KmsKeyId>" if secret["KmsKeyId"] else ""
        arn = f"<SecretArn>{secret['SecretArn']}</SecretArn>"
        secret_xml = f"<MasterUserSecret>{arn}<SecretStatus>active</SecretStatus>{key}</MasterUserSecret>"
        return f"{describe(instance)}{secret_xml}"

    return described


def _secret_name(database_id):
    return f"rds!{database_id}"
