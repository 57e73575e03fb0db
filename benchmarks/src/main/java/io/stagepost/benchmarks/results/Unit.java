package io.stagepost.benchmarks.results;

import com.fasterxml.jackson.annotation.JsonValue;

/** What is measured. */
public enum Unit {
  /** More is better. */
  EVENTS_PER_SECOND("events/s", "%,.0f", false),
  /** More is better. */
  TRANSACTIONS_PER_SECOND("transactions/s", "%,.0f", false),
  /** More is better: of the rate without what is measured, from 0 to 1. */
  SHARE("of the rate without", "%.2f", false),
  /** Less is better. */
  MILLIS("ms", "%.2f", true),
  /** Less is better: microseconds of processor time for each event. */
  CPU_MICROS("µs/event", "%.1f", true),
  /** Less is better. */
  MEBIBYTES("MiB", "%,.0f", true),
  /** Less is better. */
  JARS("jars", "%,.0f", true);

  private final String text;
  private final String format;
  private final boolean lessIsBetter;

  Unit(String text, String format, boolean lessIsBetter) {
    this.text = text;
    this.format = format;
    this.lessIsBetter = lessIsBetter;
  }

  /** As in the JSON. */
  @JsonValue
  String text() {
    return text;
  }

  /** Of a number in it. */
  String format() {
    return format;
  }

  boolean lessIsBetter() {
    return lessIsBetter;
  }
}
