package io.stagepost.dlq.cli;

import java.util.regex.Pattern;

/** Headers whose values are not shown unless asked for, by their names. */
final class Secrets {
  /** What is shown instead. */
  static final String MASK = "***";

  private static final Pattern NAMES =
      Pattern.compile(
          "authori[sz]ation|cookie|token|passw(?:or)?d|passphrase|secret|credential|jwt|session"
              + "|api[-_.]?key|access[-_.]?key|private[-_.]?key|client[-_.]?key|signature",
          Pattern.CASE_INSENSITIVE);

  private Secrets() {}

  static boolean isSecret(String header) {
    return NAMES.matcher(header).find();
  }
}
