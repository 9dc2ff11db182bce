@criterion:4.3/exit/3
Feature: People work with orders
  The scenarios of those who place orders and follow them.

  Scenario: An order goes its whole way
    Given an operator has placed an order of 4 chairs at 49.00 EUR and a table at 199.00 EUR
    Then its total is 395.00 EUR
    When an operator makes it confirmed
    And an operator makes it shipped
    And an operator makes it delivered
    Then a viewer sees it as delivered, at version 4
    And a viewer finds it in the list of delivered orders

  Scenario: A customer's order is cancelled
    Given an order that was placed
    When an admin cancels it
    Then a viewer sees it as cancelled, at version 2
    And a viewer does not find it in the list of placed orders

  Scenario: An order that is under way is not cancelled
    Given an order that was placed
    When an operator makes it confirmed
    And an operator makes it shipped
    And an admin tries to cancel it
    Then that is refused as wrong-transition
    And a viewer sees it as shipped, at version 3

  Scenario: An invoice is attached, and read by a colleague
    Given an order that was placed
    When an operator attaches an invoice
    Then a viewer reads the same invoice
    And a viewer sees 1 document of the order

  Scenario: Two colleagues change one order
    Given an order that was placed
    And an admin who has read it
    When an operator makes it confirmed
    And that admin tries to cancel what they have read
    Then that is refused as wrong-version

  Scenario: A request whose answer was lost is sent again
    Given an operator who sends an order, and gets no answer
    When the operator sends it again
    Then there is one order

  Scenario: A day is reported
    Given the report of cancelled orders
    When a large order is placed and cancelled
    Then the report has the order within 20 seconds

  Scenario Outline: An order with <mistake> is refused in words that help
    When an operator tries to place an order with <mistake>
    Then that is refused as invalid-request
    And the problem is at <place>

    Examples:
      | mistake             | place                   |
      | no lines            | body.lines              |
      | an unknown currency | body.currency           |
      | half a chair        | body.lines.0.quantity   |
      | no idempotency key  | headers.idempotency-key |
