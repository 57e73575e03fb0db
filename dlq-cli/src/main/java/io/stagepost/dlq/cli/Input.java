package io.stagepost.dlq.cli;

import io.stagepost.MessagingException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;

/** Files that somebody has named, to be read. */
final class Input {
  private Input() {}

  /**
   * All of a file, or of standard input.
   *
   * @param option what names it
   * @param name a path, or {@code -}
   * @throws MessagingException {@code SP-DLQ-160} if it cannot be read
   */
  static byte[] read(String option, String name) {
    try {
      return name.equals("-") ? System.in.readAllBytes() : Files.readAllBytes(Path.of(name));
    } catch (IOException failure) {
      throw unreadable(option, name, failure);
    }
  }

  private static MessagingException unreadable(String option, String name, IOException failure) {
    String why =
        failure instanceof NoSuchFileException
            ? "there is no such file"
            : failure instanceof AccessDeniedException
                ? "you may not read it"
                : String.valueOf(failure.getMessage()).toLowerCase(Locale.ROOT);
    return new MessagingException(
        "SP-DLQ-160",
        option + " names " + name + ", which cannot be read: " + why + ". Nothing was done.",
        failure);
  }
}
