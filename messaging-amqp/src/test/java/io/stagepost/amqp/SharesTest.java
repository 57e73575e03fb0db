package io.stagepost.amqp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.given;

import io.stagepost.EventType;
import io.stagepost.Messaging;
import io.stagepost.Outcome;
import io.stagepost.Receipt;
import io.stagepost.schema.Json;
import io.stagepost.testkit.fixture.RabbitFixture;
import io.stagepost.testkit.fixture.RabbitFixture.Version;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.awaitility.core.ConditionFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Instances of a service, as processes of their own, that share a subscription, come, die and
 * leave, while events flow. Each writes when a handler begins and ends, by a clock that all
 * processes of the machine have in common; the oracle puts all that together.
 */
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SharesTest {
  private static final String GROUP = "sharing";
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  /** So many that a member without a share is no chance to reckon with. */
  private static final int PARTITIONS = 24;

  private static final int KEYS = 60;

  record Note(int key, int number) {}

  private static EventType<Note> note(String channel) {
    return EventType.of("test.note.v1", Note.class)
        .source("urn:test:notes")
        .channel(channel)
        .key(note -> "key " + note.key())
        .codec(Json.codec());
  }

  private static AmqpTransport transport(String uri, String channel) {
    return AmqpTransport.builder().uris(uri).partitions(PARTITIONS).group(channel, GROUP).build();
  }

  /** The service. */
  public static final class Service {
    private Service() {}

    /**
     * Handles the channel of the first argument at the broker of the second, until its input ends.
     */
    public static void main(String[] arguments) throws IOException {
      try (Messaging messaging = Messaging.over(transport(arguments[1], arguments[0]))) {
        messaging
            .subscribe(GROUP)
            .onAsync(note(arguments[0]), (event, context) -> handle(event.data()))
            .start();
        int unused = System.in.read();
      }
    }

    private static CompletableFuture<Outcome> handle(Note note) {
      long begins = System.nanoTime();
      System.out.println("begin " + note.key() + " " + note.number() + " " + begins);
      return CompletableFuture.supplyAsync(
          () -> {
            System.out.println("end " + note.key() + " " + note.number() + " " + System.nanoTime());
            return Outcome.done();
          },
          CompletableFuture.delayedExecutor(note.number() % 20, TimeUnit.MILLISECONDS));
    }
  }

  /** An instance of the service. */
  private static final class Instance implements AutoCloseable {
    private final Path output;
    private final Process process;

    /** Whether it was killed, and so may have left something behind. */
    private boolean killed;

    private long killedAt;

    Instance(String channel, String uri, Path output) throws IOException {
      this.output = output;
      this.process =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-Xmx128m",
                  "-cp",
                  System.getProperty("java.class.path"),
                  "-Dorg.slf4j.simpleLogger.defaultLogLevel=error",
                  "-Djava.util.logging.config.file="
                      + System.getProperty("java.util.logging.config.file"),
                  Service.class.getName(),
                  channel,
                  uri)
              .redirectOutput(output.toFile()) // a read from its pipe could not be interrupted
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
    }

    void kill() throws InterruptedException {
      killed = true;
      killedAt = System.nanoTime();
      process.destroyForcibly().waitFor();
    }

    void leave() throws Exception {
      process.getOutputStream().close();
      assertThat(process.waitFor(180, TimeUnit.SECONDS)).as("it closes").isTrue();
      assertThat(process.exitValue()).as("in order").isZero();
    }

    /** What it has written; what a dying process did not end with a line break is none. */
    List<String[]> lines() {
      try {
        String text = Files.readString(output);
        return text.substring(0, text.lastIndexOf('\n') + 1)
            .lines()
            .map(line -> line.split(" ", -1))
            .toList();
      } catch (IOException failure) {
        throw new UncheckedIOException(failure);
      }
    }

    /** Its handlings, in the order in which they began. */
    List<Run> runs() {
      Map<Integer, Run> open = new HashMap<>();
      List<Run> runs = new ArrayList<>();
      for (String[] line : lines()) {
        int number = Integer.parseInt(line[2]);
        long at = Long.parseLong(line[3]);
        if (line[0].equals("begin")) {
          Run run = new Run(this, Integer.parseInt(line[1]), number, at);
          assertThat(open.put(number, run)).as("%s twice at once", number).isNull();
          runs.add(run);
        } else {
          Run ended = open.remove(number);
          assertThat(ended).as("the beginning of %s", number).isNotNull();
          ended.end = at;
        }
      }
      return runs;
    }

    Set<Integer> keysSince(long time) {
      return runs().stream()
          .filter(run -> run.begin - time > 0)
          .map(run -> run.key)
          .collect(Collectors.toSet());
    }

    @Override
    public void close() {
      process.destroyForcibly();
    }
  }

  /** One handling. */
  private static final class Run {
    private final Instance by;
    private final int key;
    private final int number;
    private final long begin;
    private @Nullable Long end;

    Run(Instance by, int key, int number, long begin) {
      this.by = by;
      this.key = key;
      this.number = number;
      this.begin = begin;
    }

    @Override
    public String toString() {
      return number + " of key " + key + ", from " + begin + " to " + end;
    }
  }

  /** Publishes an event of each key, again and again, each time when those before are confirmed. */
  private static final class Publishing implements AutoCloseable {
    private static final Duration BETWEEN = Duration.ofMillis(200);

    private final ScheduledExecutorService rounds = Executors.newSingleThreadScheduledExecutor();
    private final Messaging messaging;
    private final EventType<Note> type;
    private final ScheduledFuture<?> publishing;
    private int total;

    Publishing(String uri, String channel) {
      messaging = Messaging.over(transport(uri, channel));
      type = note(channel);
      publishing =
          rounds.scheduleWithFixedDelay(this::round, 0, BETWEEN.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void round() {
      List<CompletableFuture<Receipt>> round = new ArrayList<>();
      for (int key = 0; key < KEYS; key++) {
        round.add(messaging.publish(type.event(new Note(key, total++))));
      }
      round.forEach(CompletableFuture::join);
    }

    /** How many it has published in all. */
    int end() throws Exception {
      assertThat(publishing.isDone()).as("a publish has failed").isFalse();
      rounds.shutdown();
      assertThat(rounds.awaitTermination(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
      return total;
    }

    @Override
    public void close() {
      rounds.shutdown();
      messaging.close();
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"V4_0", "V4_3"})
  void d03_d04_d10_shares_move_as_instances_come_die_and_leave_and_no_key_is_in_two_places(
      Version version, @TempDir Path directory) throws Exception {
    String channel = "shares-" + UUID.randomUUID().toString().substring(0, 8);
    String uri = RabbitFixture.shared(version).uri();
    List<Instance> all = new ArrayList<>();
    int total;
    try (Publishing publishing = new Publishing(uri, channel)) {
      for (String name : List.of("first", "second")) {
        all.add(new Instance(channel, uri, directory.resolve(name)));
      }
      long together = bothShare(all);
      long sought = System.nanoTime();
      all.add(new Instance(channel, uri, directory.resolve("third")));
      Instance third = all.get(2);
      await("a share for the third").until(() -> !third.lines().isEmpty());
      long joined = System.nanoTime();
      awaitAllKeys(all, joined);

      Instance second = all.get(1);
      Set<Integer> its = second.keysSince(together);
      assertThat(its).isNotEmpty();
      second.kill();
      List<Instance> others = List.of(all.get(0), third);
      awaitAllKeys(others, System.nanoTime());
      assertThat(keysSince(others, second.killedAt)).containsAll(its);

      third.leave();
      long left = System.nanoTime();
      awaitAllKeys(List.of(all.get(0)), left);
      total = publishing.end();
      await("all are handled").until(() -> ended(all).size() == total);

      all.get(0).leave();
      System.out.printf(
          "Shares on %s: %,d events; a share for the third after %,d ms%n",
          version, total, TimeUnit.NANOSECONDS.toMillis(joined - sought));
    } finally {
      all.forEach(Instance::close);
    }
    judge(all, total);
  }

  /** When each has handled something while the other was there too. */
  private static long bothShare(List<Instance> two) {
    await("both are there").until(() -> two.stream().noneMatch(each -> each.lines().isEmpty()));

    long now = System.nanoTime();
    await("both have shares")
        .until(() -> two.stream().noneMatch(each -> each.keysSince(now).isEmpty()));
    awaitAllKeys(two, now);
    return now;
  }

  private static ConditionFactory await(String what) {
    return given().alias(what).atMost(PATIENCE).pollInterval(Duration.ofMillis(300));
  }

  private static Set<Integer> keysSince(List<Instance> instances, long time) {
    return instances.stream()
        .flatMap(each -> each.keysSince(time).stream())
        .collect(Collectors.toSet());
  }

  private static void awaitAllKeys(List<Instance> instances, long since) {
    await("all keys are handled").until(() -> keysSince(instances, since).size() == KEYS);
  }

  private static Set<Integer> ended(List<Instance> instances) {
    return instances.stream()
        .flatMap(each -> each.runs().stream())
        .filter(run -> run.end != null)
        .map(run -> run.number)
        .collect(Collectors.toSet());
  }

  // ---- the oracle

  private static void judge(List<Instance> instances, int total) {
    List<Run> runs =
        instances.stream()
            .flatMap(each -> each.runs().stream())
            .sorted(Comparator.comparingLong(run -> run.begin))
            .toList();
    assertThat(ended(instances)).as("every event is handled").hasSize(total);
    Map<Integer, List<Run>> byKey =
        runs.stream()
            .collect(Collectors.groupingBy(run -> run.key, TreeMap::new, Collectors.toList()));
    assertThat(byKey).hasSize(KEYS);
    byKey.values().forEach(SharesTest::judge);
    long moved =
        byKey.values().stream()
            .filter(all -> all.stream().map(run -> run.by).distinct().count() > 1)
            .count();
    assertThat(moved).as("keys have moved").isPositive();
  }

  /** The runs of one key: first starts in order, each over before the next begins. */
  private static void judge(List<Run> runs) {
    Set<Integer> begun = new HashSet<>();
    int highest = -1;
    Run before = null;
    for (Run run : runs) {
      if (begun.add(run.number)) {
        assertThat(run.number).as("first starts are in order: %s", run).isGreaterThan(highest);
        highest = run.number;
      }
      if (before != null) {
        Long end = before.end;
        if (end == null) { // it died with its process
          assertThat(before.by.killed).as("%s has ended", before).isTrue();
          end = before.by.killedAt;
        }
        assertThat(run.begin - end).as("%s begins after %s", run, before).isNotNegative();
      }
      before = run;
    }
  }
}
