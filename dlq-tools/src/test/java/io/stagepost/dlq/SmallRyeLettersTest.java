package io.stagepost.dlq;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.stagepost.dlq.FailureReport.Writer;
import io.stagepost.dlq.Replay.Report.Outcome;
import io.stagepost.dlq.Replay.Settings;
import io.stagepost.kafka.KafkaTransport;
import io.stagepost.spi.Header;
import io.stagepost.spi.Message;
import io.stagepost.spi.Sender;
import io.stagepost.spi.Transport;
import io.stagepost.testkit.fixture.KafkaFixture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Letters that SmallRye Reactive Messaging has written, by its strategy dead-letter-queue. */
@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SmallRyeLettersTest {
  private static final String SERVERS = KafkaFixture.shared().bootstrapServers();
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  @TempDir private Path folder;

  private final String orders = "orders-" + UUID.randomUUID().toString().substring(0, 8);
  private final String letters = "dead-letter-topic-" + orders;
  private final Transport tool =
      KafkaTransport.builder().bootstrapServers(SERVERS).allowPlaintext().build();
  private final Ledger ledger = Ledger.of(tool, orders + ".ledger", "ada@test");

  @AfterEach
  void close() {
    ledger.close();
    tool.close();
  }

  @Test
  void they_are_told_die_again_and_are_replayed_once_the_service_is_mended() throws Exception {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", SERVERS))) {
      admin
          .createTopics(
              List.of(new NewTopic(orders, 2, (short) 1), new NewTopic(letters, 1, (short) 1)))
          .all()
          .get();
    }
    byte[] binary = {0, -1, -128};
    try (Sender sender = tool.sender(PATIENCE)) {
      for (String text : List.of("fine", "stock 1", "stock 2")) {
        var unused =
            sender
                .send(
                    new Message(
                        orders,
                        "k".getBytes(UTF_8),
                        List.of(new Header("binary", binary)),
                        text.getBytes(UTF_8)))
                .join();
      }
    }
    ledger.provision(letters);
    try (Service broken = new Service(true)) {
      broken.awaitThat(() -> letters().size() == 2);
      FailureReport failure = letters().get(0).failure();
      assertThat(failure.writer()).isEqualTo(Writer.SMALLRYE);
      // Its headers name the wrapper of what the method threw, and the method.
      assertThat(failure.exception()).endsWith(".ProcessingException");
      assertThat(failure.reason()).isEqualTo("ProcessingException");
      assertThat(failure.message()).contains("Billing#handle");
      assertThat(failure.originAddress()).isEqualTo(orders);
      assertThat(failure.originPartition()).isIn("0", "1");
      assertThat(failure.originPosition()).isEqualTo("1");
      assertThat(Letters.on(tool).groups(letters, Filter.all())).hasSize(1);

      Settings careful = new Settings(1e6, 10, 1, 100, Duration.ofSeconds(60), false, false);
      Plan plan = Planner.of(tool, ledger, "ada@test").plan(letters);
      assertThat(plan.destinations()).isEqualTo(Map.of(orders, 2L));
      assertThat(new Replay(tool, ledger, plan, careful).run(progress -> {}).outcome())
          .isEqualTo(Outcome.CAME_BACK);
    }
    Letter again = letters().get(2);
    assertThat(again.failure().replays()).isEqualTo(1);
    assertThat(again.failure().originPosition()).as("where it died last").isEqualTo("3");
    assertThat(again.message().header("binary")).isEqualTo(binary);
    try (Service mended = new Service(false)) {
      Plan plan = Planner.of(tool, ledger, "ada@test").plan(letters);
      assertThat(new Replay(tool, ledger, plan, Settings.defaults()).run(progress -> {}).outcome())
          .isEqualTo(Outcome.DONE);
      mended.awaitThat(
          () -> {
            String log = Files.readString(mended.log);
            return log.contains("handled stock 1") && log.contains("handled stock 2");
          });
    }
    List<Message> sent = new ArrayList<>();
    tool.browser().browse(orders, stored -> sent.add(stored.message()));
    assertThat(sent)
        .filteredOn(message -> message.header(Outgoing.RUN) != null)
        .hasSize(3)
        .allSatisfy(
            message ->
                assertThat(message.headers())
                    .noneMatch(any -> any.name().startsWith("dead-letter-")));
  }

  private List<Letter> letters() {
    List<Letter> all = new ArrayList<>();
    Letters.on(tool).read(letters, Filter.all(), all::add);
    return all;
  }

  private final class Service implements AutoCloseable {
    private final Process process;
    private final Path log;

    Service(boolean isBroken) throws IOException {
      String channel = "-Dmp.messaging.incoming.orders.";
      log = Files.createTempFile(folder, "service", ".log");
      process =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-Xmx256m",
                  "-XX:TieredStopAtLevel=1",
                  "-Dbroken=" + isBroken,
                  channel + "connector=smallrye-kafka",
                  channel + "bootstrap.servers=" + SERVERS,
                  channel + "topic=" + orders,
                  channel + "group.id=billing-" + orders,
                  channel + "auto.offset.reset=earliest",
                  channel
                      + "value.deserializer=org.apache.kafka.common.serialization.StringDeserializer",
                  channel + "failure-strategy=dead-letter-queue",
                  channel + "dead-letter-queue.topic=" + letters,
                  "-cp",
                  System.getProperty("java.class.path"),
                  SmallRyeService.class.getName())
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .start();
    }

    void awaitThat(Callable<Boolean> condition) {
      await().atMost(PATIENCE).failFast(this::assertAlive).until(condition);
    }

    private void assertAlive() throws IOException {
      assertThat(process.isAlive()).as(Files.readString(log)).isTrue();
    }

    @Override
    public void close() throws IOException {
      process.getOutputStream().close(); // it commits what it has handled, and ends
      process.onExit().join();
    }
  }
}
