"""Carries settings from templates to the services that have them, because the emulator's CloudFormation ignores them.

Without it, a check of live state would find a bucket, a table, a topic or a role other than its template says.
"""

from xml.sax.saxutils import escape

from ministack.services import dynamodb, iam, s3, sns

from ec2_records import is_true


def install(provisioners) -> None:
    for name, apply in _SETTINGS.items():
        _wrap(provisioners._RESOURCE_HANDLERS[name], apply)


def _wrap(handlers, apply):
    def applied(provisioned, properties):
        apply(provisioned[0], properties)
        return provisioned

    create, update = handlers["create"], handlers.get("update")
    handlers["create"] = lambda logical_id, properties, *rest: applied(
        create(logical_id, properties, *rest), properties
    )
    if update:
        handlers["update"] = lambda physical_id, old, new, *rest: applied(update(physical_id, old, new, *rest), new)


def _xml(tag, *inner):
    return f"<{tag}>{''.join(inner)}</{tag}>"


def _text(tag, value):
    return _xml(tag, escape(str(value)))


# ---- S3 ----


def _bucket(name, properties):
    encryption = properties.get("BucketEncryption", {}).get("ServerSideEncryptionConfiguration")
    if encryption:
        body = _xml("ServerSideEncryptionConfiguration", *map(_encryption_rule, encryption))
        _put(s3._put_bucket_encryption, name, body)
    lifecycle = properties.get("LifecycleConfiguration", {}).get("Rules")
    if lifecycle:
        _put(s3._put_bucket_lifecycle, name, _xml("LifecycleConfiguration", *map(_lifecycle_rule, lifecycle)))
    logging = properties.get("LoggingConfiguration")
    if logging:
        target = _text("TargetBucket", logging["DestinationBucketName"])
        prefix = _text("TargetPrefix", logging.get("LogFilePrefix", ""))
        body = _xml("BucketLoggingStatus", _xml("LoggingEnabled", target, prefix))
        _put(s3._put_bucket_logging, name, body)


def _put(handler, name, body):
    status, _, answer = handler(name, body.encode())
    if status >= 400:
        raise ValueError(answer.decode() if isinstance(answer, bytes) else answer)


def _encryption_rule(rule):
    default = rule["ServerSideEncryptionByDefault"]
    key = default.get("KMSMasterKeyID")
    return _xml(
        "Rule",
        _xml(
            "ApplyServerSideEncryptionByDefault",
            _text("SSEAlgorithm", default["SSEAlgorithm"]),
            _text("KMSMasterKeyID", key) if key else "",
        ),
        _text("BucketKeyEnabled", str(is_true(rule.get("BucketKeyEnabled", False))).lower()),
    )


def _lifecycle_rule(rule):
    parts = [_text("ID", rule["Id"]), _text("Status", rule["Status"]), _xml("Filter", _text("Prefix", ""))]
    for transition in rule.get("Transitions", []):
        days = _text("Days", transition["TransitionInDays"])
        parts.append(_xml("Transition", days, _text("StorageClass", transition["StorageClass"])))
    if rule.get("ExpirationInDays"):
        parts.append(_xml("Expiration", _text("Days", rule["ExpirationInDays"])))
    noncurrent = rule.get("NoncurrentVersionExpiration")
    if noncurrent:
        parts.append(_xml("NoncurrentVersionExpiration", _text("NoncurrentDays", noncurrent["NoncurrentDays"])))
    incomplete = rule.get("AbortIncompleteMultipartUpload")
    if incomplete:
        days = _text("DaysAfterInitiation", incomplete["DaysAfterInitiation"])
        parts.append(_xml("AbortIncompleteMultipartUpload", days))
    return _xml("Rule", *parts)


# ---- others ----


def _table(name, properties):
    recovery = properties.get("PointInTimeRecoverySpecification") or {}
    dynamodb._pitr_settings[name] = is_true(recovery.get("PointInTimeRecoveryEnabled", False))
    encryption = properties.get("SSESpecification") or {}
    # CloudFormation's own name for what the API calls Enabled.
    request = {**encryption, "Enabled": is_true(encryption.get("SSEEnabled", False))}
    dynamodb._tables[name]["SSEDescription"] = dynamodb._sse_description_from_spec(encryption and request)


def _topic(arn, properties):
    key = properties.get("KmsMasterKeyId")
    if key:
        sns._topics[arn]["attributes"]["KmsMasterKeyId"] = key


def _role(name, properties):
    iam._roles[name]["PermissionsBoundary"] = properties.get("PermissionsBoundary", "")


_SETTINGS = {
    "AWS::S3::Bucket": _bucket,
    "AWS::DynamoDB::Table": _table,
    "AWS::SNS::Topic": _topic,
    "AWS::IAM::Role": _role,
}
