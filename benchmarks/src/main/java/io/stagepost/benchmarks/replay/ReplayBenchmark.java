package io.stagepost.benchmarks.replay;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import io.stagepost.benchmarks.replay.Contestant.Side;
import io.stagepost.spi.Need;
import io.stagepost.spi.Transport;
import io.stagepost.testkit.fixture.KafkaFixture;
import io.stagepost.testkit.fixture.RabbitFixture;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The harness: {@code benchmarks/run --replay [kafka|amqp] [LETTERS] [ROUNDS] [JVM OPTION ...]}.
 * The options go to our JVM alone, after those that both have.
 */
public final class ReplayBenchmark {
  private static final List<String> OPTIONS =
      List.of("-Xmx512m", "-Dorg.slf4j.simpleLogger.defaultLogLevel=error");

  private ReplayBenchmark() {}

  /**
   * Measures.
   *
   * @param args as the class says
   * @throws Exception if it cannot
   */
  public static void main(String[] args) throws Exception {
    Site.Kind kind =
        Site.Kind.valueOf((args.length > 0 ? args[0] : "kafka").toUpperCase(Locale.ROOT));
    long letters =
        args.length > 1 ? Long.parseLong(args[1]) : kind == Site.Kind.KAFKA ? 1_000_000 : 200_000;
    int rounds = args.length > 2 ? Integer.parseInt(args[2]) : 3;
    List<String> own = Arrays.asList(args).subList(Math.min(args.length, 3), args.length);
    Path folder = Files.createTempDirectory("replay");
    if (kind == Site.Kind.KAFKA) {
      try (KafkaFixture broker = KafkaFixture.start(folder)) {
        measure(
            new Site(kind, broker.bootstrapServers(), "letters", "first"), letters, rounds, own);
      }
    } else {
      try (RabbitFixture broker = RabbitFixture.start(folder)) {
        measure(new Site(kind, broker.uri(), "letters", "first"), letters, rounds, own);
      }
    }
  }

  private static void measure(Site site, long letters, int rounds, List<String> own)
      throws Exception {
    try (Transport transport = site.connect()) {
      var unused =
          transport
              .topology()
              .provision(List.of(new Need(site.letters(), null, site.letters(), null, null)));
    }
    long start = System.nanoTime();
    new DeadLetters().fill(site, letters);
    System.out.printf(
        Locale.ROOT,
        "%,d letters, written in %.1f s%n",
        letters,
        (System.nanoTime() - start) / 1e9);
    List<Double> rates = new ArrayList<>();
    List<Double> processor = new ArrayList<>();
    for (int round = 0; round < rounds; round++) {
      Map<Side, Map<String, Double>> took = new LinkedHashMap<>();
      for (Side side :
          round % 2 == 0 ? List.of(Side.OURS, Side.RAW) : List.of(Side.RAW, Side.OURS)) {
        took.put(side, run(side, site.to(side + "-" + round), letters, own));
      }
      rates.add(ratio(took, "replay"));
      processor.add(ratio(took, "replay cpu"));
    }
    print("rate", rates);
    print("processor time", processor);
  }

  /** More than 1 if ours is better. */
  private static double ratio(Map<Side, Map<String, Double>> took, String figure) {
    return figure(requireNonNull(took.get(Side.RAW)), figure)
        / figure(requireNonNull(took.get(Side.OURS)), figure);
  }

  private static double figure(Map<String, Double> figures, String name) {
    return requireNonNull(figures.get(name), name);
  }

  private static void print(String what, List<Double> ratios) {
    ratios.sort(null);
    System.out.printf(
        Locale.ROOT,
        "%s, raw to ours, least / median / most: %.2f / %.2f / %.2f%n",
        what,
        ratios.get(0),
        ratios.get(ratios.size() / 2),
        ratios.get(ratios.size() - 1));
  }

  private static Map<String, Double> run(Side side, Site site, long letters, List<String> own)
      throws IOException, InterruptedException {
    try (Transport transport = site.connect()) {
      var unused = transport.topology().provision(List.of(Need.channel(site.target())));
    }
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(OPTIONS);
    command.add("-Dletters=" + letters);
    if (side == Side.OURS) {
      command.addAll(own);
    }
    command.addAll(
        List.of("-cp", System.getProperty("java.class.path"), Contestant.class.getName()));
    command.addAll(
        List.of(side.name(), site.kind().name(), site.where(), site.letters(), site.target()));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    Map<String, Double> figures = new LinkedHashMap<>();
    try (BufferedReader out = process.inputReader(UTF_8)) {
      for (String line = out.readLine(); line != null; line = out.readLine()) {
        if (line.startsWith(Contestant.FIGURE)) {
          String[] figure = line.substring(Contestant.FIGURE.length()).split("=", 2);
          figures.put(figure[0], Double.valueOf(figure[1]));
        }
      }
    }
    if (process.waitFor() != 0 || figures.getOrDefault("letters", 0.0) != letters) {
      throw new IllegalStateException(side + " has not sent all letters: " + figures);
    }
    System.out.printf(
        Locale.ROOT, "%s %,.0f/s %s%n", side, letters / figure(figures, "replay"), figures);
    return figures;
  }
}
