package io.stagepost.dlq.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.stagepost.EventType;
import io.stagepost.Messaging;
import io.stagepost.Outcome;
import io.stagepost.dlq.cli.Stand.Kind;
import io.stagepost.dlq.cli.Stand.Result;
import io.stagepost.schema.Json;
import io.stagepost.spi.Message;
import io.stagepost.spi.Transport;
import io.stagepost.testkit.fixture.KafkaFixture;
import io.stagepost.testkit.fixture.RabbitFixture;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/** Runs that do not come to their end: canaries, drift, restarts of the broker, refusals. */
@Timeout(240)
class TroubledRunsTest {
  private static final Duration SLOW = Duration.ofSeconds(60);

  @TempDir private Path folder;

  @ParameterizedTest
  @EnumSource
  void a_canary_that_dies_again_stops_the_run(Kind kind) {
    try (Stand stand = new Stand(kind, folder);
        Transport consumers = stand.connect();
        Messaging messaging = Messaging.over(consumers)) {
      EventType<JsonNode> order =
          EventType.of("com.example.order.v1", JsonNode.class)
              .source("urn:test")
              .channel(stand.channel)
              .codec(Json.codec());
      messaging
          .subscribe("billing")
          .on(order, (event, context) -> Outcome.deadLetter("still-broken"))
          .start();
      stand.write(0, 20, 0);
      Result stopped =
          stand.dlq("replay", stand.letters, "--canary", "3", "--settle", "30s", "--yes");
      assertThat(stopped.code()).as("%s", stopped).isEqualTo(5);
      assertThat(stopped.err()).contains("Letters came back");
      assertThat(stand.ids(stand.channel)).hasSize(3);

      Result refailed =
          stand.dlq(
              "replay",
              stand.letters,
              "--limit",
              "2",
              "--stop-on-refail",
              "--settle",
              "30s",
              "--yes");
      assertThat(refailed.code()).as("%s", refailed).isEqualTo(5);
      Result lenient =
          stand.dlq(
              "replay",
              stand.letters,
              "--canary",
              "2",
              "--min-success",
              "0",
              "--settle",
              "3s",
              "--limit",
              "4",
              "--yes");
      assertThat(lenient.code()).as("%s", lenient).isZero();
    }
  }

  @Test
  void a_run_that_is_silent_is_told_of_and_waited_for_aloud() {
    try (Stand stand = new Stand(Kind.KAFKA, folder)) {
      stand.write(0, 1, 0);
      assertThat(stand.dlq("plan", stand.letters).code()).isZero(); // makes the ledger
      stand.write(claim(stand, "killed-1"));
      for (String request : List.of("pause", "cancel")) {
        Result asked = stand.dlq("runs", request, "killed-1", "--width", "40");
        assertThat(asked.code()).as("%s", asked).isZero();
        assertThat(asked.out()).contains("silent");
        assertThat(asked.out().lines())
            .allSatisfy(line -> assertThat(line.length()).isLessThan(41));
        assertThat(asked.err()).contains("may be dead").contains("dlq replay --resume killed-1");
      }
      Result done = stand.dlq("discard", stand.letters, "--yes", "--takeover-after", "1s");
      assertThat(done.code()).as("%s", done).isZero();
      assertThat(done.err())
          .contains("The run killed-1 of ada@away holds " + stand.letters)
          .contains("last heard of at 2020-01-01T00:00:00Z")
          .contains("about 1s at most");
      Result audit = stand.dlq("audit", stand.letters, "--width", "40");
      assertThat(audit.out()).contains("silent, taken over");
      assertThat(audit.out().lines()).allSatisfy(line -> assertThat(line.length()).isLessThan(41));
    }
  }

  /** What a run leaves that claimed an address and was killed. */
  private static Message claim(Stand stand, String run) {
    String entry =
        "{'kind':'CLAIM','run':'"
            + run
            + "','address':'"
            + stand.letters
            + "','at':'2020-01-01T00:00:00Z','by':'ada@away','claim':'c1'}";
    return new Message(
        stand.channel + ".ledger",
        stand.letters.getBytes(UTF_8),
        List.of(),
        entry.replace('\'', '"').getBytes(UTF_8));
  }

  @Test
  void a_canary_that_nobody_handles_stops_the_run() {
    try (Stand stand = new Stand(Kind.KAFKA, folder)) {
      stand.write(0, 20, 0);
      Result stopped =
          stand.dlq("replay", stand.letters, "--canary", "3", "--settle", "2s", "--yes");
      assertThat(stopped.code()).as("%s", stopped).isEqualTo(5);
      assertThat(stopped.out()).contains("not-handled");
      assertThat(stopped.err())
          .contains("none was handled within 2 s: nobody consumes " + stand.channel + " as billing")
          .contains("--resume");
      assertThat(stand.ids(stand.channel)).hasSize(3);
    }
  }

  @Test
  void a_plan_whose_letters_retention_has_eaten_has_drifted() {
    try (Stand stand = new Stand(Kind.KAFKA, folder)) {
      stand.write(0, 50, 0);
      String run = stand.dlq("plan", stand.letters).value("run");
      stand
          .transport
          .browser()
          .browse(stand.letters, stored -> first(stand, stored.origin().partition()));
      Result drifted = stand.dlq("replay", "--resume", run, "--yes");
      assertThat(drifted.code()).as("%s", drifted).isEqualTo(6);
      assertThat(stand.ids(stand.channel)).isEmpty();
      Result rest = stand.dlq("replay", "--resume", run, "--allow-drift", "--yes");
      assertThat(rest.code()).as("%s", rest).isEqualTo(6);
      assertThat(rest.err()).contains("Letters of the plan are gone");
      assertThat(new HashSet<>(stand.ids(stand.channel)))
          .isEqualTo(new HashSet<>(stand.ids(stand.letters)))
          .isNotEmpty();
    }
  }

  private static void first(Stand stand, String partition) {
    stand.transport.topology().truncate(stand.letters, partition, "2");
  }

  @Test
  void a_plan_of_a_stream_that_was_made_anew_has_drifted() {
    try (Stand stand = new Stand(Kind.RABBITMQ, folder)) {
      stand.write(0, 5, 0);
      String run = stand.dlq("plan", stand.letters).value("run");
      String unused =
          RabbitFixture.shared(RabbitFixture.Version.V4_3).ctl("delete_queue", stand.letters);
      stand.provision();
      stand.write(5, 5, 0);
      Result drifted = stand.dlq("replay", "--resume", run, "--yes");
      assertThat(drifted.code()).as("%s", drifted).isEqualTo(6);
      assertThat(stand.ids(stand.channel)).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource
  void a_run_goes_on_when_its_broker_was_started_again(Kind kind) throws Exception {
    Path data = folder.resolve("broker");
    try (Own broker = kind == Kind.KAFKA ? new OwnKafka(data) : new OwnRabbit(data);
        Stand stand = new Stand(kind, broker.url(), folder)) {
      stand.write(0, 300, 0);
      String run = stand.dlq("plan", stand.letters).value("run");
      Path err = folder.resolve("err");
      Process process = stand.start(err, "replay", "--resume", run, "--rate", "50/s", "--yes");
      try {
        await()
            .atMost(SLOW)
            .until(() -> Files.exists(err) && Files.readString(err).contains("replayed, "));
        broker.restart();
        int code = process.waitFor();
        assertThat(code).as(Files.readString(err)).isIn(0, 1, 4);
        if (code != 0) {
          Result rest = stand.dlq("replay", "--resume", run, "--yes");
          assertThat(rest.code()).as("%s", rest).isZero();
        }
      } finally {
        process.destroyForcibly();
      }
      await()
          .atMost(SLOW)
          .untilAsserted(
              () -> {
                List<String> ids = stand.ids(stand.channel);
                assertThat(new HashSet<>(ids)).hasSize(300);
                assertThat(ids).hasSizeLessThan(600);
              });
    }
  }

  private interface Own extends AutoCloseable {
    String url();

    void restart();

    @Override
    void close();
  }

  private static final class OwnKafka implements Own {
    private final Path data;
    private KafkaFixture broker;

    OwnKafka(Path data) {
      this.data = data;
      this.broker = KafkaFixture.start(data);
    }

    @Override
    public String url() {
      return "kafka://" + broker.bootstrapServers();
    }

    @Override
    public void restart() {
      broker.close();
      broker = KafkaFixture.start(data);
    }

    @Override
    public void close() {
      broker.close();
    }
  }

  private static final class OwnRabbit implements Own {
    private final RabbitFixture broker;

    OwnRabbit(Path data) {
      broker = RabbitFixture.start(data);
    }

    @Override
    public String url() {
      return broker.uri();
    }

    @Override
    public void restart() {
      String unused = broker.ctl("stop_app") + broker.ctl("start_app");
    }

    @Override
    public void close() {
      broker.close();
    }
  }

  @Test
  void a_destination_that_one_may_not_write_to_refuses() {
    RabbitFixture broker = RabbitFixture.shared(RabbitFixture.Version.V4_3);
    try (Stand stand = new Stand(Kind.RABBITMQ, folder)) {
      stand.write(0, 3, 0);
      String user = "dlq-" + stand.channel;
      String unused =
          broker.ctl("add_user", user, "secret")
              + broker.ctl(
                  "set_permissions", "-p", broker.virtualHost(), user, ".*", ".*ledger.*", ".*");
      String url = "amqp://" + user + ":secret@" + broker.host() + ":" + broker.port() + "/%2F";
      Result refused = stand.dlq("replay", stand.letters, "--broker", url, "--yes");
      assertThat(refused.code()).as("%s", refused).isEqualTo(8);
      assertThat(stand.ids(stand.channel)).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource
  void a_large_event_is_replayed(Kind kind) {
    try (Stand stand = new Stand(kind, folder)) {
      int bytes = kind == Kind.KAFKA ? 900_000 : 10 << 20; // a topic's default is 1 MiB
      stand.write(stand.letter(0, 0, "{\"text\":\"" + "x".repeat(bytes) + "\"}"));
      Result replayed = stand.dlq("replay", stand.letters, "--yes");
      assertThat(replayed.code()).as("%s", replayed).isZero();
      byte[] sent = stand.at(stand.channel).get(0).body();
      assertThat(sent).hasSizeGreaterThan(bytes);
    }
  }
}
