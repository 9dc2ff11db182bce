Feature: The system meets its security requirements
  suites/requirements.md states them.

  @requirement:SEC-1 @criterion:4.2/exit/4
  Scenario: Every operation needs a valid token
    Then every operation refuses who has no token
    And every operation refuses a token without a signature

  @requirement:SEC-2
  Scenario: Connections are encrypted, or do not leave the machine
    Then the API is reached by TLS, or on this machine alone
    And the bucket of documents refuses connections without TLS

  @requirement:SEC-3 @criterion:4.2/exit/3
  Scenario: Data is encrypted where it is stored
    Then the table of orders is encrypted with a key of the system
    And documents are encrypted with a key of the system

  @requirement:SEC-4
  Scenario: Answers carry headers that protect who reads them
    When a viewer lists orders
    Then the answer is not to be cached, and its type not to be guessed

  @requirement:SEC-5
  Scenario: Errors show nothing of the inside
    When the orders function fails
    Then the answer names a correlation id, and nothing of the error

  @requirement:SEC-6
  Scenario: Nothing is open to the public
    Then the bucket of documents blocks public access
    And a document is not read without a signed address
    And what is no operation is not found, also with a token

  @requirement:SEC-7
  Scenario: Browsers of other origins are kept out
    Then a page of another origin may neither ask nor read

  @requirement:SEC-8
  Scenario: Access ends soon
    When a person signs in who is a viewer
    Then their access token lives 15 minutes at most
    And an address of a document lives an hour at most
