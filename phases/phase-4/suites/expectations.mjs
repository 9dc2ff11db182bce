/** What each environment must hold, by what is verified: per stack, how many resources of a type at the least. */
export const expectations = {
  access: {
    roles: { 'AWS::IAM::Role': 8, 'AWS::IAM::ManagedPolicy': 4, 'AWS::IAM::InstanceProfile': 1 },
    network: { 'AWS::EC2::VPC': 1, 'AWS::EC2::Subnet': 6, 'AWS::EC2::RouteTable': 3 },
    access: {
      'AWS::EC2::SecurityGroup': 3,
      'AWS::EC2::NetworkAcl': 3,
      'AWS::EC2::NetworkAclEntry': 9,
      'AWS::EC2::SubnetNetworkAclAssociation': 6,
    },
    encryption: { 'AWS::IAM::ManagedPolicy': 1 },
  },
  monitoring: {
    monitoring: {
      'AWS::Logs::LogGroup': 2,
      'AWS::Logs::MetricFilter': 2,
      'AWS::EC2::FlowLog': 1,
      'AWS::CloudWatch::Alarm': 5,
      'AWS::CloudWatch::Dashboard': 1,
    },
    alerting: { 'AWS::SNS::Topic': 1, 'AWS::CloudWatch::CompositeAlarm': 3 },
  },
};
