package io.stagepost.docs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The repository's files, as a test finds them. */
final class Documents {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

  private Documents() {}

  static String read(String path) {
    try {
      return Files.readString(ROOT.resolve(path));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** All main sources of the library's modules. */
  static List<Path> mainSources() {
    try (Stream<Path> modules = Files.list(ROOT);
        Stream<Path> asyncapi = Files.list(ROOT.resolve("asyncapi"))) {
      return Stream.concat(modules, asyncapi)
          .map(module -> module.resolve("src/main/java"))
          .filter(Files::isDirectory)
          .flatMap(Documents::javaFiles)
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Stream<Path> javaFiles(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(file -> file.toString().endsWith(".java")).toList().stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The lines between {@code // snippet: name} and {@code // end}, without their indentation. */
  static String snippet(String path, String name) {
    List<String> lines = read(path).lines().toList();
    int from = -1;
    for (int i = 0; i < lines.size(); i++) {
      if (lines.get(i).strip().equals("// snippet: " + name)) {
        from = i + 1;
      } else if (from >= 0 && lines.get(i).strip().equals("// end")) {
        return String.join("\n", lines.subList(from, i)).stripIndent().strip();
      }
    }
    throw new AssertionError("no snippet " + name + " in " + path);
  }
}
