package io.stagepost.benchmarks.start;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * A service that is started, in a Maven module of its own: its class path is what it needs, and
 * nothing else.
 */
enum Service {
  OURS,
  RAW,
  SPRING;

  /** As in the report, and of its module; of its consumer group, too. */
  String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  String mainClass() {
    return "io.stagepost.benchmarks.service." + key() + ".Service";
  }

  String classPath(Path root) {
    return target(root).resolve("classes") + File.pathSeparator + lib(root).resolve("*");
  }

  /** The sizes of its jars, in bytes; its own few classes are in none. */
  List<Long> jars(Path root) throws IOException {
    try (Stream<Path> files = Files.list(lib(root))) {
      return files.map(Path::toFile).map(File::length).toList();
    }
  }

  private Path lib(Path root) {
    return target(root).resolve("lib");
  }

  private Path target(Path root) {
    return root.resolve("benchmarks").resolve("services").resolve(key()).resolve("target");
  }
}
