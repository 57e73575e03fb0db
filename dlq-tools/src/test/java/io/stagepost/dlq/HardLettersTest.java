package io.stagepost.dlq;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.dlq.Replay.Report.Outcome;
import io.stagepost.dlq.Replay.Settings;
import io.stagepost.dlq.ReplayOnBrokersTest.Kind;
import io.stagepost.spi.Browser;
import io.stagepost.spi.FailureHeaders;
import io.stagepost.spi.Header;
import io.stagepost.spi.Message;
import io.stagepost.spi.Need;
import io.stagepost.spi.Sender;
import io.stagepost.spi.Transport;
import io.stagepost.testkit.fixture.KafkaFixture;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Letters that are easily spoiled, and clocks that are wrong. */
@Timeout(value = 90, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HardLettersTest {
  private static final byte[] BYTES = {0, -1, -128, 10, 34, 92, (byte) 0xC3, 40};

  private final String origin = "orders-" + UUID.randomUUID().toString().substring(0, 8);
  private final String letters = origin + ".billing.dead-letter";
  private final String imported = origin + ".imported.dead-letter";

  /** No CloudEvent, nor text, in any of its parts. */
  @ParameterizedTest
  @EnumSource
  void bytes_survive_export_import_and_replay(Kind kind, @TempDir Path folder) {
    Path file = folder.resolve("letters.gz");
    try (Transport tool = kind.connect();
        Ledger ledger = Ledger.of(tool, origin + ".ledger", "ada@test")) {
      provision(tool);
      send(tool, letter(letters, BYTES));
      try (Archive.Writer writer = Archive.create(file, letters)) {
        Letters.on(tool)
            .read(
                letters,
                Filter.all(),
                letter -> {
                  assertThat(letter.unreadable()).isNotNull();
                  writer.add(letter);
                  return true;
                });
      }
      assertThat(Archive.read(file, message -> send(tool, message.to(imported))).letters())
          .isEqualTo(1);
      ledger.provision(imported);
      Plan plan = Planner.of(tool, ledger, "ada@test").plan(imported);
      assertThat(plan.destinations()).isEqualTo(Map.of(origin, 1L));
      assertThat(new Replay(tool, ledger, plan, Settings.defaults()).run(p -> {}).outcome())
          .isEqualTo(Outcome.DONE);

      List<Message> sent = new ArrayList<>();
      tool.browser().browse(origin, stored -> sent.add(stored.message()));
      assertThat(sent).hasSize(1);
      assertThat(sent.get(0).body()).isEqualTo(BYTES);
      assertThat(sent.get(0).key()).isEqualTo(BYTES);
      assertThat(sent.get(0).header("binary")).isEqualTo(BYTES);
      assertThat(sent.get(0).header("empty")).isEmpty();
      assertThat(sent.get(0).header(FailureHeaders.REASON)).isNull();
    }
  }

  /** The consumer's clock is ten minutes slow, and so are the times of all that it writes. */
  @Test
  void a_canary_sees_what_comes_back_whatever_the_clocks_say() throws Exception {
    Instant slow = Instant.now().minus(Duration.ofMinutes(10));
    try (Transport tool = Kind.KAFKA.connect();
        Ledger ledger = Ledger.of(tool, origin + ".ledger", "ada@test");
        KafkaProducer<byte[], byte[]> consumer =
            new KafkaProducer<>(
                Map.of("bootstrap.servers", KafkaFixture.shared().bootstrapServers()),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
      provision(tool);
      ledger.provision(letters);
      send(tool, letter(letters, BYTES));
      send(tool, letter(letters, BYTES));
      Plan plan = Planner.of(tool, ledger, "ada@test").plan(letters);
      Settings careful = new Settings(1e6, 10, 1, 100, Duration.ofSeconds(60), false, false);
      CompletableFuture<Replay.Report> run =
          CompletableFuture.supplyAsync(
              () -> new Replay(tool, ledger, plan, careful).run(progress -> {}));
      Message again = first(tool, run);
      ProducerRecord<byte[], byte[]> record =
          new ProducerRecord<>(letters, null, slow.toEpochMilli(), again.key(), again.body());
      again.headers().forEach(header -> record.headers().add(header.name(), header.value()));
      record.headers().add(FailureHeaders.REASON, "again".getBytes(UTF_8));
      record.headers().add(FailureHeaders.LAST_FAILURE, slow.toString().getBytes(UTF_8));
      var unused = consumer.send(record).get();
      assertThat(run.join().outcome()).isEqualTo(Outcome.CAME_BACK);
      assertThat(run.join().progress().died()).isEqualTo(1);
    }
  }

  /** The first message that a run has sent. */
  private Message first(Transport tool, CompletableFuture<?> run) {
    List<Message> sent = new ArrayList<>();
    while (sent.isEmpty() && !run.isDone()) {
      tool.browser()
          .browse(Browser.Selection.of(origin).limit(1), stored -> sent.add(stored.message()));
    }
    assertThat(sent).isNotEmpty();
    return sent.get(0);
  }

  private void provision(Transport tool) {
    List<Need> needs =
        List.of(
            new Need(origin, null, origin, null, null),
            new Need(letters, null, origin, null, null),
            new Need(imported, null, origin, null, null));
    assertThat(tool.topology().provision(needs).problems()).isEmpty();
  }

  private Message letter(String address, byte[] bytes) {
    return new Message(
        address,
        bytes,
        List.of(
            new Header("binary", bytes),
            new Header("empty", new byte[0]),
            new Header(FailureHeaders.REASON, "broken".getBytes(UTF_8)),
            new Header(FailureHeaders.ORIGIN_ADDRESS, origin.getBytes(UTF_8))),
        bytes);
  }

  private static void send(Transport tool, Message message) {
    try (Sender sender = tool.sender(Duration.ofSeconds(30))) {
      var unused = sender.send(message).join();
    }
  }
}
