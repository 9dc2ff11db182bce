@emulated
Feature: The system meets its performance requirements
  suites/requirements.md states them. Five connections at most. What is measured on an emulator proves the code, and not AWS.

  @requirement:PERF-1
  Scenario: Orders are read quickly
    Given an order that was placed
    And a system that is warm
    When 200 requests read it over 5 connections
    Then 95 % of them are answered within 1500 ms
    And none of them fails

  @requirement:PERF-2
  Scenario: Orders are placed quickly
    Given a system that is warm
    When 100 requests place orders over 5 connections
    Then 95 % of them are answered within 1500 ms
    And none of them fails

  @requirement:PERF-3
  Scenario: Reports are not far behind
    Given the report of cancelled orders
    When a large order is placed and cancelled
    Then the report has the order within 10 seconds
