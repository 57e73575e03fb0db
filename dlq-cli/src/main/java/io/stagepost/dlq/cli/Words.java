package io.stagepost.dlq.cli;

/** Numbers of things, as people say them. */
final class Words {
  private Words() {}

  /** {@code 1 letter}, {@code 2 letters}. */
  static String count(long number, String thing) {
    return number + " " + thing + (number == 1 ? "" : "s");
  }
}
