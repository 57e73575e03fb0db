package io.stagepost.dlq;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Objects;

/**
 * In what letters are alike that failed alike. What is not known is empty.
 *
 * @param reason why, as a short word
 * @param exception the class of the exception
 * @param frame the method of the application that is to blame
 * @param type the CloudEvents type
 */
public record Fingerprint(String reason, String exception, String frame, String type) {
  private static final int DIGITS = 8;

  static Fingerprint of(Letter letter) {
    FailureReport failure = letter.failure();
    return new Fingerprint(
        Objects.requireNonNullElse(failure.reason(), ""),
        Objects.requireNonNullElse(failure.exception(), ""),
        Objects.requireNonNullElse(failure.applicationFrame(), ""),
        letter.type());
  }

  /**
   * A short name for it: the beginning of its SHA-256.
   *
   * @return eight hexadecimal digits, the same in every process
   */
  public String id() {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (String part : new String[] {reason, exception, frame, type}) {
        digest.update(part.getBytes(UTF_8));
        digest.update((byte) 0);
      }
      return HexFormat.of().formatHex(digest.digest()).substring(0, DIGITS);
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("Every Java platform has SHA-256", impossible);
    }
  }
}
