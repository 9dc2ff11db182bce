@criterion:4.2/exit/4
Feature: Each may do what their role allows
  People sign in with Cognito, and their group is their role.

  @criterion:4.3/exit/3
  Scenario Outline: Access: <role> <may> <do>
    Given somebody who has signed in as <role>
    And an order that was placed
    When they try to <do>
    Then it <is>

    Examples:
      | role     | may     | do                 | is         |
      | viewer   | may     | list orders        | is done    |
      | viewer   | may     | read the order     | is done    |
      | viewer   | may not | place an order     | is refused |
      | viewer   | may not | confirm the order  | is refused |
      | viewer   | may not | cancel the order   | is refused |
      | viewer   | may not | read the report    | is refused |
      | operator | may     | place an order     | is done    |
      | operator | may     | confirm the order  | is done    |
      | operator | may     | attach a document  | is done    |
      | operator | may not | cancel the order   | is refused |
      | operator | may not | read the report    | is refused |
      | admin    | may     | cancel the order   | is done    |
      | admin    | may     | read the report    | is done    |
      | stranger | may not | list orders        | is refused |
      | machine  | may     | place an order     | is done    |
      | machine  | may not | cancel the order   | is refused |

  Scenario: A person signs in with a code and PKCE
    Given a person who is a viewer
    When they sign in with their password
    Then the API takes their access token

  Scenario: A person with a wrong password does not get in
    Given a person who is a viewer
    Then they cannot sign in with another password

  Scenario: A service signs in with client credentials
    When the machine client asks for a token
    Then the API takes its access token

  Scenario: Without a token nobody gets in
    Then every operation refuses who has no token
