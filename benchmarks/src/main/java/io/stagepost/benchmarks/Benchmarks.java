package io.stagepost.benchmarks;

import io.stagepost.Messaging;
import io.stagepost.kafka.KafkaTransport;
import io.stagepost.testkit.fixture.KafkaFixture;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

/**
 * Runs the rows and prints a table: {@code benchmarks/run [--rounds N] [--events N] [--json FILE]}.
 * Each round does both ways of a row, in turn first; one round before them warms up and does not
 * count.
 */
public final class Benchmarks {
  private record Result(Row row, double[] ours, double[] theirs) {
    double[] ratios() {
      double[] ratios = new double[ours.length];
      Arrays.setAll(ratios, i -> ours[i] / theirs[i]);
      return ratios;
    }
  }

  private Benchmarks() {}

  /**
   * Runs them.
   *
   * @param args see above
   * @throws Exception if a row cannot be run
   */
  public static void main(String[] args) throws Exception {
    List<String> options = List.of(args);
    int rounds = Integer.parseInt(option(options, "--rounds", "5"));
    int events = Integer.parseInt(option(options, "--events", "300000"));
    String json = option(options, "--json", "");
    Path folder = Files.createTempDirectory("stagepost-benchmarks");
    List<Result> results = new ArrayList<>();
    try (KafkaFixture kafka = KafkaFixture.start(folder)) {
      String consumed = "measured-consume";
      fill(kafka.bootstrapServers(), consumed, events);
      for (Row row :
          List.of(
              new Publish(kafka.bootstrapServers(), "measured-publish", events),
              new Consume(kafka.bootstrapServers(), consumed, events))) {
        results.add(run(row, rounds));
      }
    } finally {
      delete(folder);
    }
    print(results, System.out);
    if (!json.isEmpty()) {
      Files.writeString(Path.of(json), json(results));
    }
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  private static Result run(Row row, int rounds) throws Exception {
    double[] ours = new double[rounds];
    double[] theirs = new double[rounds];
    row.ours(); // creates the topic
    row.theirs();
    for (int round = 0; round < rounds; round++) {
      boolean oursFirst = round % 2 == 0;
      if (oursFirst) {
        ours[round] = row.ours();
      }
      theirs[round] = row.theirs();
      if (!oursFirst) {
        ours[round] = row.ours();
      }
      System.err.printf(
          Locale.ROOT,
          "%s: round %d of %d: ours %,.0f/s, theirs %,.0f/s%n",
          row.name(),
          round + 1,
          rounds,
          ours[round],
          theirs[round]);
    }
    return new Result(row, ours, theirs);
  }

  private static void fill(String bootstrapServers, String topic, int events) {
    String[] keys = Events.zipfKeys(events);
    byte[] body = Events.body();
    var type = Events.on(topic);
    try (Messaging messaging = Messaging.over(KafkaTransport.to(bootstrapServers))) {
      List<CompletableFuture<?>> confirmed = new ArrayList<>();
      for (String key : keys) {
        confirmed.add(messaging.publish(type.event(new Events.Measured(key, body))));
      }
      CompletableFuture.allOf(confirmed.toArray(CompletableFuture<?>[]::new)).join();
    }
  }

  private static void print(List<Result> results, PrintStream out) {
    out.printf(
        "JDK %s, %d processors, %d MiB heap%n%n",
        Runtime.version().feature(),
        Runtime.getRuntime().availableProcessors(),
        Runtime.getRuntime().maxMemory() >> 20);
    out.println("| row | ratio (min / median / max) | target | ours/s | theirs/s |");
    out.println("|---|---|---|---|---|");
    for (Result result : results) {
      out.printf(
          Locale.ROOT,
          "| %s | %s | ≥ %.2f | %s | %s |%n",
          result.row.name(),
          spread(result.ratios(), "%.2f"),
          result.row.target(),
          spread(result.ours, "%,.0f"),
          spread(result.theirs, "%,.0f"));
    }
  }

  private static String json(List<Result> results) {
    StringBuilder json = new StringBuilder("[");
    for (Result result : results) {
      json.append(json.length() > 1 ? ",\n " : "\n ")
          .append(
              String.format(
                  Locale.ROOT,
                  "{\"row\": \"%s\", \"target\": %.2f, \"ours\": %s, \"theirs\": %s}",
                  result.row.name(),
                  result.row.target(),
                  Arrays.toString(result.ours),
                  Arrays.toString(result.theirs)));
    }
    return json.append("\n]\n").toString();
  }

  private static String spread(double[] values, String format) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return String.format(
        Locale.ROOT,
        format + " / " + format + " / " + format,
        sorted[0],
        sorted[sorted.length / 2],
        sorted[sorted.length - 1]);
  }

  private static String option(List<String> options, String name, String otherwise)
      throws IOException {
    int at = options.indexOf(name);
    if (at < 0) {
      return otherwise;
    }
    if (at + 1 == options.size()) {
      throw new IOException(name + " needs a value");
    }
    return options.get(at + 1);
  }
}
