"""Evaluates AWS Config's managed rules over what the emulator holds; by itself it answers that none was ever evaluated.

A rule that is not among these stays at INSUFFICIENT_DATA, which is no pass.
"""

import json

from ministack.core.responses import json_response
from ministack.services import cloudtrail, config, dynamodb, ec2, kms, rds, s3

from ec2_records import is_true


def _buckets(holds):
    return {name: holds(name, bucket) for name, bucket in s3._buckets.items()}


def _requires_tls(name, bucket):
    statements = json.loads(s3._bucket_policies.get(name) or '{"Statement": []}')["Statement"]
    return any(
        one["Effect"] == "Deny" and one.get("Condition", {}).get("Bool", {}).get("aws:SecureTransport") == "false"
        for one in statements
    )


def _blocks_public_access(name, bucket):
    block = json.dumps(bucket.get("_public_access_block") or "").lower()
    return all(f"<{setting}>true</" in block for setting in ("blockpublicacls", "blockpublicpolicy"))


def _databases(holds):
    return {name: holds(database) for name, database in rds._instances.items()}


def _customer_keys():
    return {
        key_id: key
        for key_id, key in kms._keys.items()
        if key.get("KeyManager") != "AWS" and key.get("KeyState", "Enabled") == "Enabled"
    }


def _networks_logged(scope):
    logged = {flow_log["ResourceId"] for flow_log in ec2._flow_logs.values()}
    tag = scope.get("TagKey")
    tagged = [
        vpc_id
        for vpc_id in ec2._vpcs
        if tag is None or any(one["Key"] == tag for one in ec2._tags.get(vpc_id, []))
    ]
    return {vpc_id: vpc_id in logged for vpc_id in tagged}


def _lets_world_in(permission, port):
    if str(permission.get("IpProtocol")) not in ("tcp", "6", "-1"):
        return False
    low, high = int(permission.get("FromPort") or 0), int(permission.get("ToPort") or 65535)
    world = any(one.get("CidrIp") == "0.0.0.0/0" for one in permission.get("IpRanges", []))
    return world and low <= port <= high


# By identifier: a function that returns the answer for each resource that the rule looks at.
_RULES = {
    "S3_BUCKET_SSL_REQUESTS_ONLY": lambda scope: _buckets(_requires_tls),
    "S3_BUCKET_SERVER_SIDE_ENCRYPTION_ENABLED": lambda scope: _buckets(
        # Every bucket is, at least with S3's own keys.
        lambda name, bucket: True
    ),
    "S3_BUCKET_LEVEL_PUBLIC_ACCESS_PROHIBITED": lambda scope: _buckets(_blocks_public_access),
    "ENCRYPTED_VOLUMES": lambda scope: {
        name: is_true(volume["Encrypted"]) for name, volume in ec2._volumes.items() if volume["Attachments"]
    },
    "RDS_STORAGE_ENCRYPTED": lambda scope: _databases(lambda database: is_true(database.get("StorageEncrypted"))),
    "RDS_INSTANCE_PUBLIC_ACCESS_CHECK": lambda scope: _databases(
        lambda database: not is_true(database.get("PubliclyAccessible"))
    ),
    "DB_INSTANCE_BACKUP_ENABLED": lambda scope: _databases(
        lambda database: int(database.get("BackupRetentionPeriod") or 0) > 0
    ),
    "DYNAMODB_PITR_ENABLED": lambda scope: {
        name: bool(dynamodb._pitr_settings.get(name)) for name in dynamodb._tables
    },
    "CMK_BACKING_KEY_ROTATION_ENABLED": lambda scope: {
        key_id: is_true(key.get("KeyRotationEnabled")) for key_id, key in _customer_keys().items()
    },
    "CLOUD_TRAIL_LOG_FILE_VALIDATION_ENABLED": lambda scope: {
        name: trail["LogFileValidationEnabled"] for name, trail in cloudtrail._trails.items()
    },
    "VPC_FLOW_LOGS_ENABLED": _networks_logged,
    "INCOMING_SSH_DISABLED": lambda scope: {
        group_id: not any(_lets_world_in(one, 22) for one in group.get("IpPermissions", []))
        for group_id, group in ec2._security_groups.items()
    },
}


def _results(name):
    rule = config._config_rules[name]
    evaluate = _RULES.get(rule["Source"].get("SourceIdentifier"))
    return evaluate(rule.get("Scope") or {}) if evaluate else {}


def _compliance_by_rule(name):
    results = _results(name)
    broken = [thing for thing, holds in results.items() if not holds]
    kind = "INSUFFICIENT_DATA" if not results else "NON_COMPLIANT" if broken else "COMPLIANT"
    compliance = {"ComplianceType": kind}
    if broken:
        compliance["ComplianceContributorCount"] = {"CappedCount": min(len(broken), 25), "CapExceeded": len(broken) > 25}
    return {"ConfigRuleName": name, "Compliance": compliance}


def _details(request):
    name = request.get("ConfigRuleName")
    if name not in config._config_rules:
        return _emulators_details(request)
    wanted = request.get("ComplianceTypes") or ["COMPLIANT", "NON_COMPLIANT"]
    found = [(thing, "COMPLIANT" if holds else "NON_COMPLIANT") for thing, holds in _results(name).items()]
    results = [
        {
            "EvaluationResultIdentifier": {
                "EvaluationResultQualifier": {"ConfigRuleName": name, "ResourceId": thing},
            },
            "ComplianceType": kind,
        }
        for thing, kind in found
        if kind in wanted
    ]
    return json_response({"EvaluationResults": results})


_emulators_details = config._get_compliance_details_by_config_rule


def install() -> None:
    config._compliance_by_rule = _compliance_by_rule
    config._get_compliance_details_by_config_rule = _details
