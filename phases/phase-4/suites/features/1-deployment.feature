Feature: The core application is developed and deployed
  What Milestone 4.2 has released runs in both environments, and its parts work together.

  @criterion:4.2/exit/1
  Scenario: The core components run
    Given the deployed system
    Then the functions orders, reports, projection and migrate run the release that is deployed
    And an operator can place an order

  @criterion:4.2/exit/2
  Scenario Outline: The operation <operation> is implemented
    Given an order that was placed
    When an admin asks for <operation>
    Then the answer is one that the contract promises
    And it is a success

    Examples:
      | operation      |
      | createOrder    |
      | listOrders     |
      | getOrder       |
      | advanceOrder   |
      | cancelOrder    |
      | attachDocument |
      | getDocument    |
      | reportOrders   |

  @criterion:4.2/exit/2
  Scenario Outline: The API is integrated with <service>
    When an operator places an order and attaches a document to it
    Then <service> has <what>

    Examples:
      | service  | what         |
      | DynamoDB | the order    |
      | S3       | the document |

  @criterion:4.2/exit/2 @criterion:4.3/exit/2
  Scenario: Data flows from an order to the relational store
    Given the report of delivered orders
    When an operator leads a large order to delivered
    Then the report has the order within 20 seconds

  @criterion:4.2/exit/3
  Scenario: The relational store is migrated
    When the migration function is asked for the status
    Then all migrations of the release are applied
    And the orders of before have been copied

  @criterion:4.2/exit/5
  Scenario Outline: The code is deployed to <environment>
    Given the system that is deployed in <environment>
    Then its API answers, and lets nobody in without a token
    And all its functions are of one release

    Examples:
      | environment |
      | development |
      | testing     |

  @criterion:4.2/exit/5
  Scenario: Both environments run the same code
    Then the orders function of development has the same code as that of testing
