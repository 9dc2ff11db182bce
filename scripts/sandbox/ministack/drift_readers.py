"""Lets drift detection tell whether resources of more types are still there; on AWS it compares their properties as well."""

from ministack.services import alb, autoscaling, cloudwatch, ec2, iam, kms, rds
from ministack.services.cloudformation import drift

# By type: the service's table of resources, whose keys are CloudFormation's physical ids.
_STORES = {
    "AWS::AutoScaling::AutoScalingGroup": lambda: autoscaling._asgs,
    "AWS::CloudWatch::Alarm": lambda: cloudwatch._alarms,
    "AWS::CloudWatch::CompositeAlarm": lambda: cloudwatch._composite_alarms,
    "AWS::CloudWatch::Dashboard": lambda: cloudwatch._dashboards,
    "AWS::EC2::LaunchTemplate": lambda: ec2._launch_templates,
    "AWS::EC2::NetworkAcl": lambda: ec2._network_acls,
    "AWS::EC2::RouteTable": lambda: ec2._route_tables,
    "AWS::EC2::SecurityGroup": lambda: ec2._security_groups,
    "AWS::EC2::Subnet": lambda: ec2._subnets,
    "AWS::EC2::VPC": lambda: ec2._vpcs,
    "AWS::EC2::Volume": lambda: ec2._volumes,
    "AWS::ElasticLoadBalancingV2::LoadBalancer": lambda: alb._lbs,
    "AWS::ElasticLoadBalancingV2::TargetGroup": lambda: alb._tgs,
    "AWS::IAM::ManagedPolicy": lambda: iam._policies,
    "AWS::KMS::Key": lambda: kms._keys,
    "AWS::RDS::DBInstance": lambda: rds._instances,
}


def reality() -> dict:
    """The stand-in's entry: the types whose properties are compared. For all others, only existence is checked."""
    compared = sorted(name.removeprefix("AWS::") for name, (_, read) in drift._DRIFT_READERS.items() if read)
    return {
        "type": "CloudFormation's drift detection",
        "reality": "emulated",
        "missing": f"compares some properties of {', '.join(compared)}; of other types only whether they are there",
    }


def install() -> None:
    for name, store in _STORES.items():
        drift._DRIFT_READERS.setdefault(name, (drift._exists_in(store), frozenset()))
