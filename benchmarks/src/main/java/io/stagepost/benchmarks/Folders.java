package io.stagepost.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/** Folders of a run. */
public final class Folders {
  private Folders() {}

  /**
   * Deletes a folder with all that is in it.
   *
   * @param folder which
   * @throws IOException if something cannot be deleted
   */
  public static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
