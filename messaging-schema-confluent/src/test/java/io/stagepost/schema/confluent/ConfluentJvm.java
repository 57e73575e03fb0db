package io.stagepost.schema.confluent;

import io.confluent.kafka.serializers.KafkaAvroSerializer;
import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Runs a program with Confluent's serializers in a JVM of its own, whose class path is the bundle
 * and the programs: the Kafka and the Avro in the bundle meet no other there.
 */
final class ConfluentJvm {
  private static final long LIMIT_SECONDS = 150;

  private ConfluentJvm() {}

  /** Records in Avro's JSON, one a line, written to a topic. */
  static void write(
      Path directory,
      String broker,
      String registry,
      String topic,
      String strategy,
      String schema,
      List<String> records)
      throws IOException, InterruptedException {
    Path file = Files.writeString(directory.resolve("schema.avsc"), schema);
    List<String> unused =
        run(
            directory,
            ConfluentWriter.class,
            records,
            List.of(broker, registry, topic, strategy, file.toString()));
  }

  /** So many records of a topic: key, full name of the schema, and value, with tabs. */
  static List<String> read(Path directory, String broker, String registry, String topic, int count)
      throws IOException, InterruptedException {
    return run(
        directory,
        ConfluentReader.class,
        List.of(),
        List.of(broker, registry, topic, String.valueOf(count)));
  }

  private static List<String> run(
      Path directory, Class<?> program, List<String> input, List<String> arguments)
      throws IOException, InterruptedException {
    Path in = Files.write(directory.resolve("in"), input);
    Path out = directory.resolve("out");
    Path log = directory.resolve("log");
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-cp",
                location(KafkaAvroSerializer.class) + File.pathSeparator + location(program),
                program.getName()));
    command.addAll(arguments);
    Process process =
        new ProcessBuilder(command)
            .redirectInput(in.toFile())
            .redirectOutput(out.toFile())
            .redirectError(log.toFile())
            .start();
    if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError(program + " did not end: " + Files.readString(log));
    }
    if (process.exitValue() != 0) {
      throw new AssertionError(program + " failed: " + Files.readString(log));
    }
    return Files.readAllLines(out, StandardCharsets.UTF_8);
  }

  private static Path location(Class<?> type) {
    try {
      return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
