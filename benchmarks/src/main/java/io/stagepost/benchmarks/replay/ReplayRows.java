package io.stagepost.benchmarks.replay;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import io.stagepost.benchmarks.BenchmarkException;
import io.stagepost.benchmarks.Folders;
import io.stagepost.benchmarks.Options;
import io.stagepost.benchmarks.Suite;
import io.stagepost.benchmarks.replay.Contestant.Side;
import io.stagepost.benchmarks.results.Circumstances;
import io.stagepost.benchmarks.results.Comparison.Subject;
import io.stagepost.benchmarks.results.Group;
import io.stagepost.benchmarks.results.Results;
import io.stagepost.benchmarks.results.Series;
import io.stagepost.benchmarks.results.Unit;
import io.stagepost.spi.Need;
import io.stagepost.spi.Transport;
import io.stagepost.testkit.fixture.KafkaFixture;
import io.stagepost.testkit.fixture.RabbitFixture;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.utils.AppInfoParser;

/** The rows of replaying dead letters, each on a broker of its own. */
public final class ReplayRows implements Suite {
  private static final List<String> JVM =
      List.of("-Xmx512m", "-Dorg.slf4j.simpleLogger.defaultLogLevel=error");

  private static final String RAW = "raw-copy";
  private static final double OF_RAW = 0.8;

  private final Options options;

  /**
   * The rows.
   *
   * @param options how they are measured
   */
  public ReplayRows(Options options) {
    this.options = options;
  }

  private static String name(Site.Kind kind) {
    return "replay-" + kind.name().toLowerCase(Locale.ROOT);
  }

  @Override
  public List<Offer> offers() {
    return List.of(
        new Offer(
            name(Site.Kind.KAFKA), "dead letters sent again, beside a raw copy loop", When.NAMED),
        new Offer(name(Site.Kind.AMQP), "the same on RabbitMQ, streams", When.NAMED));
  }

  @Override
  public int measure(Set<String> names, Path root, Results results) throws Exception {
    int failed = 0;
    for (Site.Kind kind : Site.Kind.values()) {
      if (!names.contains(name(kind))) {
        continue;
      }
      Path folder = Files.createTempDirectory("stagepost-benchmarks");
      try {
        on(kind, folder, root, results);
      } catch (BenchmarkException failure) {
        System.err.println("FAILED " + name(kind) + ": " + failure.getMessage());
        failed++;
      } finally {
        Folders.delete(folder);
      }
    }
    return failed;
  }

  private void on(Site.Kind kind, Path folder, Path root, Results results) throws Exception {
    if (kind == Site.Kind.KAFKA) {
      try (KafkaFixture broker = KafkaFixture.start(folder)) {
        measure(
            new Site(kind, broker.bootstrapServers(), "letters", "first"),
            options.backlogOr(1_000_000),
            Circumstances.now(root, options.rounds(), "Kafka " + AppInfoParser.getVersion()),
            results);
      }
    } else {
      try (RabbitFixture broker = RabbitFixture.start(folder, options.rabbitMq(), Map.of())) {
        measure(
            new Site(kind, broker.uri(), "letters", "first"),
            options.backlogOr(200_000),
            Circumstances.now(root, options.rounds(), "RabbitMQ " + broker.version()),
            results);
      }
    }
  }

  private void measure(Site site, int letters, Circumstances now, Results results)
      throws Exception {
    try (Transport transport = site.connect()) {
      var unused =
          transport
              .topology()
              .provision(List.of(new Need(site.letters(), null, site.letters(), null, null)));
    }
    new DeadLetters().fill(site, letters);
    String amount = String.format(Locale.ROOT, "%,d letters", letters);
    String name = name(site.kind());
    List<Subject> subjects =
        List.of(
            new Subject(
                Group.REPLAY, name, "dead letters sent again", amount, Unit.EVENTS_PER_SECOND),
            new Subject(
                Group.REPLAY, name + "-cpu", "processor time of that", amount, Unit.CPU_MICROS),
            new Subject(
                Group.REPLAY, name + "-memory", "peak of its process", amount, Unit.MEBIBYTES));
    int rounds = now.rounds();
    List<Series> ours = subjects.stream().map(each -> new Series("ours", null, rounds)).toList();
    List<Series> raw =
        subjects.stream()
            .map(each -> new Series(RAW, each.name().equals(name) ? OF_RAW : null, rounds))
            .toList();
    for (int round = 0; round < rounds; round++) {
      for (Side side :
          round % 2 == 0 ? List.of(Side.OURS, Side.RAW) : List.of(Side.RAW, Side.OURS)) {
        Map<String, Double> took = run(side, site.to(side + "-" + round), letters);
        List<Series> series = side == Side.OURS ? ours : raw;
        series.get(0).add(round, letters / figure(took, "replay"));
        series.get(1).add(round, figure(took, "replay cpu") / letters * 1e6);
        series.get(2).add(round, figure(took, "peak MiB"));
        System.err.printf(
            Locale.ROOT,
            "%s: round %d of %d, %s %,.0f/s %s%n",
            name,
            round + 1,
            rounds,
            side,
            letters / figure(took, "replay"),
            took);
      }
    }
    for (int i = 0; i < subjects.size(); i++) {
      results.add(subjects.get(i).of(ours.get(i), List.of(raw.get(i)), now));
    }
  }

  private static double figure(Map<String, Double> figures, String name) {
    return requireNonNull(figures.get(name), name);
  }

  private Map<String, Double> run(Side side, Site site, int letters)
      throws IOException, InterruptedException {
    try (Transport transport = site.connect()) {
      var unused = transport.topology().provision(List.of(Need.channel(site.target())));
    }
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(JVM);
    command.add("-Dletters=" + letters);
    command.addAll(options.recording(name(site.kind()) + "-" + site.target()));
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
      throw new BenchmarkException(side + " has not sent all letters: " + figures + ".");
    }
    return figures;
  }
}
