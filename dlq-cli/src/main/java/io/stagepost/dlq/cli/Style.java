package io.stagepost.dlq.cli;

/** Colours of a terminal, or none. */
enum Style {
  /** By the escape sequences of ECMA-48. */
  ANSI,
  /** Not at all. */
  PLAIN;

  String bold(String text) {
    return in("1", text);
  }

  String yellow(String text) {
    return in("33", text);
  }

  private String in(String code, String text) {
    return this == PLAIN || text.isEmpty() ? text : "\u001b[" + code + "m" + text + "\u001b[0m";
  }
}
