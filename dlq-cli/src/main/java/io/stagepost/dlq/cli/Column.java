package io.stagepost.dlq.cli;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/**
 * What each result of a kind has.
 *
 * @param name of the field in JSON and CSV: stable
 * @param title above the column of a table
 * @param kind how its values are shown
 */
record Column(String name, String title, Kind kind) {
  /** How values are shown in a table. */
  enum Kind {
    /** As they are; cut off at the end if there is no room. */
    TEXT,
    /** As they are; cut off at the beginning if there is no room. */
    DOTTED,
    /** A class or a method, without its package. */
    CODE,
    /** As they are, and never cut off. */
    NAME,
    /** Aligned to the right, and never cut off. */
    NUMBER,
    /** To the second, in UTC. */
    TIME,
    /** How long ago an instant was. */
    AGE
  }

  static Column text(String name, String title) {
    return new Column(name, title, Kind.TEXT);
  }

  static Column dotted(String name, String title) {
    return new Column(name, title, Kind.DOTTED);
  }

  static Column code(String name, String title) {
    return new Column(name, title, Kind.CODE);
  }

  static Column name(String name, String title) {
    return new Column(name, title, Kind.NAME);
  }

  static Column number(String name, String title) {
    return new Column(name, title, Kind.NUMBER);
  }

  static Column time(String name, String title) {
    return new Column(name, title, Kind.TIME);
  }

  static Column age(String name, String title) {
    return new Column(name, title, Kind.AGE);
  }

  boolean mayBeCut() {
    return kind == Kind.TEXT || kind == Kind.DOTTED || kind == Kind.CODE;
  }

  /** A value as a table shows it: in one line, and without what a terminal would obey. */
  String show(@Nullable Object value) {
    if (value == null) {
      return "";
    }
    if (value instanceof Instant time && kind == Kind.AGE) {
      return Time.shortly(Duration.between(time, Clock.systemUTC().instant()));
    }
    if (value instanceof Instant time) {
      return time.truncatedTo(ChronoUnit.SECONDS).toString();
    }
    String text = harmless(value.toString()).replace('\n', ' ');
    return switch (kind) {
      case CODE -> text.replaceFirst("^(?:[\\p{Ll}\\d_]+\\.)+", "");
      default -> text;
    };
  }

  /** As much of a text as there is room for. */
  String cut(String text, int length) {
    if (text.length() <= length) {
      return text;
    }
    return kind == Kind.DOTTED
        ? "\u2026" + text.substring(text.length() - length + 1)
        : text.substring(0, length - 1) + "\u2026";
  }

  /** What comes from a broker must not steer the terminal. */
  static String harmless(String text) {
    return text.replaceAll("[\\p{Cntrl}\\x{80}-\\x{9f}&&[^\n]]", "\u00b7");
  }
}
