package io.stagepost.benchmarks.results;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** Rows that belong together: they share a chart, and stand together in the file. */
public enum Group {
  /** Publishing and consuming. */
  KAFKA("Publishing and consuming on Kafka"),
  /** Publishing and consuming. */
  RABBITMQ("Publishing and consuming on RabbitMQ"),
  /** How quickly a backlog goes out. */
  DRAIN("Draining the outbox"),
  /** How soon an event comes. */
  LATENCY("From commit to consumer through the outbox"),
  /** What outbox and inbox take of a transaction. */
  TRANSACTIONS("Transactions with outbox and inbox"),
  /** Dead letters sent again. */
  REPLAY("Replaying dead letters"),
  /** How soon a service works, and what it takes along. */
  START("Starting a service");

  private final String title;

  Group(String title) {
    this.title = title;
  }

  /** As in the JSON, and the name of the chart's file. */
  @JsonValue
  String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  String title() {
    return title;
  }
}
