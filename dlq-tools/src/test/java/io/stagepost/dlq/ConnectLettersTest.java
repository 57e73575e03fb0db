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

/** Letters that a worker of Kafka Connect has written, whose converter cannot read them. */
@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ConnectLettersTest {
  private static final String SERVERS = KafkaFixture.shared().bootstrapServers();
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  @TempDir private Path folder;

  private final String orders = "orders-" + UUID.randomUUID().toString().substring(0, 8);
  private final String letters = orders + ".files.dead-letter";
  private final Transport tool =
      KafkaTransport.builder().bootstrapServers(SERVERS).allowPlaintext().build();
  private final Ledger ledger = Ledger.of(tool, orders + ".ledger", "ada@test");

  @AfterEach
  void close() {
    ledger.close();
    tool.close();
  }

  @Test
  void they_are_told_die_again_and_are_replayed_once_the_converter_is_mended() throws Exception {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", SERVERS))) {
      admin
          .createTopics(
              List.of(new NewTopic(orders, 2, (short) 1), new NewTopic(letters, 1, (short) 1)))
          .all()
          .get();
    }
    byte[] key = {0, -1};
    byte[] binary = {0, -1, -128};
    try (Sender sender = tool.sender(PATIENCE)) {
      for (String text : List.of("{\"sound\":1}", "no json", "nor this")) {
        Message message =
            new Message(orders, key, List.of(new Header("binary", binary)), text.getBytes(UTF_8));
        var unused = sender.send(message).join();
      }
    }
    Path sink = folder.resolve("sink");
    try (Worker broken = new Worker("org.apache.kafka.connect.json.JsonConverter", sink)) {
      broken.awaitThat(() -> letters().size() == 2);
      Letter letter = letters().get(0);
      FailureReport failure = letter.failure();
      assertThat(failure.writer()).isEqualTo(Writer.KAFKA_CONNECT);
      assertThat(failure.reason()).isEqualTo("VALUE_CONVERTER");
      assertThat(failure.exception()).isEqualTo("org.apache.kafka.connect.errors.DataException");
      assertThat(failure.message()).isNotBlank();
      assertThat(failure.stackTrace()).contains("JsonConverter");
      assertThat(failure.subscription()).isEqualTo("connect-files-" + orders);
      assertThat(failure.originAddress()).isEqualTo(orders);
      assertThat(failure.originPartition()).isIn("0", "1");
      assertThat(failure.originPosition()).isEqualTo("1");
      assertThat(Letters.on(tool).groups(letters, Filter.all())).hasSize(1);

      ledger.provision(letters);
      Settings careful = new Settings(1e6, 10, 1, 100, Duration.ofSeconds(60), false, false);
      Plan plan = Planner.of(tool, ledger, "ada@test").plan(letters);
      assertThat(plan.destinations()).isEqualTo(Map.of(orders, 2L));
      assertThat(new Replay(tool, ledger, plan, careful).run(progress -> {}).outcome())
          .isEqualTo(Outcome.CAME_BACK);
    }
    Letter again = letters().get(2);
    assertThat(again.failure().replays()).isEqualTo(1);
    assertThat(again.failure().originPosition()).as("where it died last").isEqualTo("3");
    try (Worker mended = new Worker("org.apache.kafka.connect.storage.StringConverter", sink)) {
      Plan plan = Planner.of(tool, ledger, "ada@test").plan(letters);
      assertThat(new Replay(tool, ledger, plan, Settings.defaults()).run(progress -> {}).outcome())
          .isEqualTo(Outcome.DONE);
      mended.awaitThat(() -> Files.readAllLines(sink).containsAll(List.of("no json", "nor this")));
    }
    List<Message> sent = new ArrayList<>();
    tool.browser().browse(orders, stored -> sent.add(stored.message()));
    assertThat(sent)
        .filteredOn(message -> message.header(Outgoing.RUN) != null)
        .isNotEmpty()
        .allSatisfy(
            message -> {
              assertThat(message.key()).isEqualTo(key);
              assertThat(message.header("binary")).isEqualTo(binary);
              assertThat(message.headers()).noneMatch(any -> any.name().startsWith("__connect"));
            });
  }

  private List<Letter> letters() {
    List<Letter> all = new ArrayList<>();
    Letters.on(tool).read(letters, Filter.all(), all::add);
    return all;
  }

  /** A worker of its own process, as {@code connect-standalone} starts it, with a sink of files. */
  private final class Worker implements AutoCloseable {
    private final Process process;
    private final Path log;

    Worker(String converter, Path sink) throws IOException {
      Path worker =
          Files.writeString(
              folder.resolve("worker.properties"),
              """
              bootstrap.servers=%s
              key.converter=org.apache.kafka.connect.converters.ByteArrayConverter
              value.converter=%s
              value.converter.schemas.enable=false
              offset.storage.file.filename=%s
              listeners=http://127.0.0.1:0
              plugin.discovery=service_load
              """
                  .formatted(SERVERS, converter, folder.resolve("offsets")));
      Path connector =
          Files.writeString(
              folder.resolve("connector.properties"),
              """
              name=files-%s
              connector.class=org.apache.kafka.connect.file.FileStreamSinkConnector
              topics=%s
              file=%s
              errors.tolerance=all
              errors.deadletterqueue.topic.name=%s
              errors.deadletterqueue.topic.replication.factor=1
              errors.deadletterqueue.context.headers.enable=true
              """
                  .formatted(orders, orders, sink, letters));
      log = Files.createTempFile(folder, "worker", ".log");
      process =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-Xmx256m",
                  "-XX:TieredStopAtLevel=1",
                  "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
                  "-cp",
                  System.getProperty("java.class.path"),
                  "org.apache.kafka.connect.cli.ConnectStandalone",
                  worker.toString(),
                  connector.toString())
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
    public void close() {
      process.destroy(); // in order, so that the next one need not wait for its session's end
      process.onExit().join();
    }
  }
}
