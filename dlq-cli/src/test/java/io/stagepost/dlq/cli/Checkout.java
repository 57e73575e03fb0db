package io.stagepost.dlq.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * A checkout of the project that was built, of what is needed for {@code bin/dlq} alone: the script
 * itself, and jars of the classes under test. It lies elsewhere, so that the script cannot build
 * while the build is under way that runs this test.
 */
final class Checkout {
  private static final List<String> MODULES =
      List.of(
          "messaging-api",
          "messaging-schema",
          "messaging-cloudevents",
          "messaging-kafka",
          "messaging-amqp",
          "asyncapi/core",
          "dlq-tools",
          "dlq-cli");

  private final Path root;
  private final Path elsewhere;

  Checkout(Path root) throws IOException {
    this.root = root;
    this.elsewhere = Files.createDirectories(root.resolve("some where/else"));
    Path script = Files.createDirectories(root.resolve("bin")).resolve("dlq");
    Files.copy(Path.of("../bin/dlq"), script);
    Files.createFile(root.resolve("pom.xml"));
    for (String module : MODULES) {
      Files.createDirectories(root.resolve(module).resolve("src/main"));
      Files.createFile(root.resolve(module).resolve("pom.xml"));
    }
    Path target = Files.createDirectories(root.resolve("dlq-cli/target"));
    Path lib = Files.createDirectories(target.resolve("lib"));
    Path own = Path.of("target/classes").toAbsolutePath();
    jar(own, target.resolve("dlq-cli-0.jar"));
    int number = 0;
    for (String entry : Cli.classPath().split(File.pathSeparator, -1)) {
      Path path = Path.of(entry).toAbsolutePath();
      String name = String.format("%03d-%s.jar", number++, path.getFileName());
      if (Files.isDirectory(path) && !path.equals(own)) {
        jar(path, lib.resolve(name));
      } else if (Files.isRegularFile(path)) {
        Files.createSymbolicLink(lib.resolve(name), path);
      }
    }
    Files.createFile(target.resolve("built"));
  }

  private static void jar(Path classes, Path jar) throws IOException {
    try (OutputStream file = Files.newOutputStream(jar);
        ZipOutputStream zip = new ZipOutputStream(file);
        Stream<Path> all = Files.walk(classes)) {
      for (Path each : all.filter(Files::isRegularFile).sorted().toList()) {
        zip.putNextEntry(new ZipEntry(classes.relativize(each).toString()));
        Files.copy(each, zip);
        zip.closeEntry();
      }
    }
  }

  /** The archive of classes that the script makes of its first run. */
  Path archive() {
    return root.resolve("dlq-cli/target/dlq.jsa");
  }

  /** The class path that the script gives to Java. */
  String classPath() {
    Path target = root.resolve("dlq-cli/target");
    return target.resolve("dlq-cli-0.jar") + ":" + target.resolve("lib") + "/*";
  }

  /** The command, as a user calls it who is elsewhere. */
  ProcessBuilder dlq(Map<String, String> environment, String... words) {
    List<String> command = new ArrayList<>(List.of(root.resolve("bin/dlq").toString()));
    command.addAll(List.of(words));
    return inEnvironment(command, environment);
  }

  /** A line of the shell, in which {@code dlq} is the command. */
  ProcessBuilder shell(Map<String, String> environment, String line) {
    return inEnvironment(
        List.of("bash", "-c", "dlq() { '" + root.resolve("bin/dlq") + "' \"$@\"; }; " + line),
        environment);
  }

  /** The command on a terminal of so many columns. */
  Pty onTerminal(Map<String, String> environment, int columns, String... words) throws IOException {
    String command =
        Stream.concat(Stream.of(root.resolve("bin/dlq").toString()), Arrays.stream(words))
            .map(word -> "'" + word + "'")
            .collect(Collectors.joining(" "));
    return new Pty(
        inEnvironment(
            List.of(
                "script",
                "--quiet",
                "--return",
                "--flush",
                "--command",
                // Ctrl-C is heeded, even if this process was started in the background and does
                // not.
                "stty cols " + columns + "; exec env --default-signal=INT " + command,
                "/dev/null"),
            environment));
  }

  private ProcessBuilder inEnvironment(List<String> command, Map<String, String> environment) {
    ProcessBuilder builder = new ProcessBuilder(command).directory(elsewhere.toFile());
    Map<String, String> all = builder.environment();
    all.keySet().removeIf(name -> name.startsWith("DLQ_") || name.equals("VISUAL"));
    all.remove("COLUMNS");
    all.put("JAVA_HOME", System.getProperty("java.home"));
    all.put("TERM", "xterm");
    all.put("XDG_STATE_HOME", root.resolve("state").toString());
    all.put("LC_ALL", "C.UTF-8");
    all.put("DLQ_AS", "ada@test");
    all.putAll(environment);
    return builder;
  }

  /** An editor that does what a line of the shell does to the file {@code $1}. */
  String editor(String name, String line) throws IOException {
    Path script = Files.write(root.resolve(name), ("#!/bin/sh\n" + line + "\n").getBytes(UTF_8));
    if (!script.toFile().setExecutable(true)) {
      throw new IOException(script + " cannot be made executable");
    }
    return script.toString();
  }
}
