package io.stagepost.kafka;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.DecoderFactory;

/**
 * The program {@code src/test/confluent/Confluent.java}, which writes and reads with Confluent's
 * own serializers. Its class path is the bundle that holds them and nothing of ours, so that the
 * Kafka and the Avro in the bundle meet no other.
 */
final class ConfluentJvm implements AutoCloseable {
  private static final long LIMIT_SECONDS = 240;

  private final Process process;
  private final Path log;
  private final PrintWriter commands;
  private final BufferedReader answers;

  ConfluentJvm(Path directory, String broker, String registry) throws IOException {
    log = directory.resolve("log");
    process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-cp",
                bundle().toString(),
                "src/test/confluent/Confluent.java",
                broker,
                registry)
            .redirectError(log.toFile())
            .start();
    commands = new PrintWriter(process.outputWriter(StandardCharsets.UTF_8), true);
    answers = process.inputReader(StandardCharsets.UTF_8);
    var unused =
        process
            .onExit()
            .orTimeout(LIMIT_SECONDS, TimeUnit.SECONDS)
            .exceptionally(late -> process.destroyForcibly());
  }

  private static Path bundle() throws IOException {
    try (var files = Files.list(Path.of("target", "reference", "confluent"))) {
      return files.findAny().orElseThrow();
    }
  }

  /** A record in Avro's JSON, with the schema looked up or registered as the strategy says. */
  void write(
      String topic, String strategy, boolean registers, String schema, String key, String record)
      throws IOException {
    commands.println(
        String.join("\t", "write", topic, strategy, "" + registers, schema, key, record));
    String unused = answer();
  }

  /** So many records of a topic; with a reader's schema, or with the writers' if it is empty. */
  List<GenericRecord> read(String topic, int count, String reader) throws IOException {
    commands.println(String.join("\t", "read", topic, "" + count, reader));
    List<GenericRecord> records = new ArrayList<>();
    while (records.size() < count) {
      String[] words = answer().split("\t", -1);
      Schema schema = new Schema.Parser().parse(words[0]);
      records.add(
          new GenericDatumReader<GenericRecord>(schema)
              .read(null, DecoderFactory.get().jsonDecoder(schema, words[1])));
    }
    return records;
  }

  private String answer() throws IOException {
    String line = answers.readLine();
    if (line == null) {
      throw new AssertionError("Confluent's program has ended: " + Files.readString(log));
    }
    return line;
  }

  /** It ends with its input, and at its time limit. */
  @Override
  public void close() {
    commands.close();
  }
}
