package io.stagepost.asyncapi.generate;

import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.EventType;
import io.stagepost.asyncapi.Contract;
import io.stagepost.asyncapi.Contracts;
import io.stagepost.spi.Encoded;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/** What was generated, compiled with all of javac's warnings as errors, and loaded. */
final class Compiled {
  static final String PACKAGE = "com.example.generated";

  private final ClassLoader loader;

  private Compiled(ClassLoader loader) {
    this.loader = loader;
  }

  /** Generates, with nothing found but what is allowed. */
  static Generated generated(Path... files) {
    List<Contract> contracts = new ArrayList<>();
    for (Path file : files) {
      contracts.add(Contracts.offline().read(file));
    }
    return Generator.of(PACKAGE).generate(contracts);
  }

  static Compiled of(Generated generated, Path folder) {
    assertThat(generated.isComplete()).as("%s", generated.findings()).isTrue();
    Path sources = folder.resolve("sources");
    Path classes = folder.resolve("classes");
    try {
      generated.writeTo(sources);
      assertThat(problems(sources, Files.createDirectories(classes))).isEmpty();
      return new Compiled(
          new URLClassLoader(new URL[] {url(classes)}, Compiled.class.getClassLoader()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static URL url(Path folder) throws MalformedURLException {
    return folder.toUri().toURL();
  }

  /** What javac says against it. */
  static List<String> problems(Path sources, Path classes) throws IOException {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    DiagnosticCollector<JavaFileObject> diagnostics = new DiagnosticCollector<>();
    try (StandardJavaFileManager files =
            compiler.getStandardFileManager(diagnostics, null, StandardCharsets.UTF_8);
        Stream<Path> all = Files.walk(sources)) {
      List<Path> java = all.filter(file -> file.toString().endsWith(".java")).sorted().toList();
      boolean fine =
          compiler
              .getTask(
                  null,
                  files,
                  diagnostics,
                  Arrays.asList(
                      "-Xlint:all,-options,-classfile,-path",
                      "-Xdoclint:all/protected",
                      "-Werror",
                      "-proc:none",
                      "--release",
                      "17",
                      "-d",
                      classes.toString()),
                  null,
                  files.getJavaFileObjectsFromPaths(java))
              .call();
      return fine
          ? List.of()
          : diagnostics.getDiagnostics().stream()
              .filter(each -> each.getKind() != Diagnostic.Kind.NOTE)
              .map(Diagnostic::toString)
              .toList();
    }
  }

  Class<?> type(String name) {
    try {
      return Class.forName(PACKAGE + "." + name, true, loader);
    } catch (ClassNotFoundException e) {
      throw new AssertionError(name + " was not generated", e);
    }
  }

  /** A constant of the class of a contract. */
  EventType<?> eventType(String contract, String constant) {
    try {
      return (EventType<?>) type(contract + "Contract").getField(constant).get(null);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(contract + " has no " + constant, e);
    }
  }

  /** Decodes, encodes, and gives back the text. */
  static <T> String roundTrip(EventType<T> type, String json) {
    return encoded(type, decoded(type, json));
  }

  static <T> T decoded(EventType<T> type, String json) {
    return type.codec()
        .decode(type, Encoded.of(json.getBytes(StandardCharsets.UTF_8), "application/json"));
  }

  static <T> String encoded(EventType<T> type, T data) {
    return new String(type.codec().encode(type, data).bytes(), StandardCharsets.UTF_8);
  }
}
