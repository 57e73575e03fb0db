package io.stagepost.dlq;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.stagepost.dlq.Replay.Report;
import io.stagepost.dlq.Replay.Settings;
import io.stagepost.dlq.ReplayOnBrokersTest.Kind;
import io.stagepost.spi.FailureHeaders;
import io.stagepost.spi.Header;
import io.stagepost.spi.Message;
import io.stagepost.spi.Need;
import io.stagepost.spi.Sender;
import io.stagepost.spi.Transport;
import io.stagepost.testkit.fixture.KafkaFixture;
import io.stagepost.testkit.fixture.RabbitFixture;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Dead-letter addresses under which the ground moves: made anew, or cut by retention. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ChangedAddressTest {
  private static final Duration SLOW = Duration.ofSeconds(30);

  private final String origin = "orders-" + UUID.randomUUID().toString().substring(0, 8);
  private final String letters = origin + ".billing.dead-letter";

  @ParameterizedTest
  @EnumSource
  void what_a_ledger_says_of_an_address_does_not_hold_for_the_next_of_its_name(Kind kind)
      throws Exception {
    try (Transport tool = kind.connect();
        Ledger ledger = Ledger.of(tool, origin + ".ledger", "ada@test");
        Ledger own = Ledger.of(tool, origin + ".ledger-2", "ada@test")) {
      provision(tool);
      List.of(ledger, own).forEach(each -> each.provision(letters));
      write(tool, "former", 3, 10);
      Planner planner = Planner.of(tool, ledger, "ada@test");
      assertThat(run(tool, ledger, planner.plan(letters)).outcome()).isEqualTo(Report.Outcome.DONE);

      delete(kind);
      await()
          .atMost(SLOW)
          .ignoreExceptions()
          .untilAsserted(
              () -> {
                provision(tool);
                assertThat(tool.browser().ends(letters).values()).containsOnly("0");
              });
      write(tool, "new", 1, 10);
      assertThatThrownBy(() -> planner.plan(letters))
          .hasMessageStartingWith("SP-DLQ-200 ")
          .hasMessageContaining("--ledger");
      write(tool, "new", 7, 10); // which lie where the former ones did, too
      assertThatThrownBy(() -> planner.plan(letters)).hasMessageStartingWith("SP-DLQ-200 ");

      Plan all = Planner.of(tool, own, "ada@test").plan(letters);
      assertThat(all.letters()).isEqualTo(8);
      assertThatThrownBy(() -> run(tool, ledger, all)).hasMessageStartingWith("SP-DLQ-200 ");
      assertThat(run(tool, own, all).outcome()).isEqualTo(Report.Outcome.DONE);
      assertThat(at(tool, origin)).hasSize(11);
    }
  }

  private void delete(Kind kind) throws Exception {
    if (kind == Kind.RABBITMQ) {
      String unused = RabbitFixture.shared(RabbitFixture.Version.V4_3).ctl("delete_queue", letters);
      return;
    }
    try (Admin admin = admin()) {
      var unused = admin.deleteTopics(List.of(letters)).all().get();
    }
  }

  private static Admin admin() {
    return Admin.create(Map.of("bootstrap.servers", KafkaFixture.shared().bootstrapServers()));
  }

  /** A megabyte or two are fetched ahead: what is gone lies behind that. */
  @Test
  void a_run_stops_as_soon_as_it_comes_to_where_retention_has_taken_letters() throws Exception {
    try (Transport tool = Kind.KAFKA.connect();
        Ledger ledger = Ledger.of(tool, origin + ".ledger", "ada@test")) {
      try (Admin admin = admin()) {
        var unused =
            admin
                .createTopics(
                    List.of(
                        new NewTopic(letters, 1, (short) 1), new NewTopic(origin, 1, (short) 1)))
                .all()
                .get();
      }
      ledger.provision(letters);
      write(tool, "large", 100, 200_000);
      Plan plan = Planner.of(tool, ledger, "ada@test").plan(letters);
      Settings paced = new Settings(50, 5, 0, 100, Duration.ZERO, false, false);
      AtomicBoolean cut = new AtomicBoolean();
      Report report =
          new Replay(tool, ledger, plan, paced)
              .run(
                  progress -> {
                    if (progress.sent() > 0 && cut.compareAndSet(false, true)) {
                      tool.topology().truncate(letters, "0", "90");
                    }
                  });
      assertThat(report.outcome()).isEqualTo(Report.Outcome.DRIFTED);
      assertThat(report.progress().sent()).isBetween(1L, 89L);
      assertThat(report.missing()).isEqualTo(90 - report.progress().sent());
      assertThat(report.remarks()).first().asString().contains("are gone from " + letters);
      assertThat(at(tool, origin)).hasSize((int) report.progress().sent());

      Settings anyway = new Settings(1e6, 5, 0, 100, Duration.ZERO, false, true);
      Report rest = new Replay(tool, ledger, plan, anyway).run(progress -> {});
      assertThat(rest.outcome()).isEqualTo(Report.Outcome.DRIFTED);
      assertThat(rest.progress().sent()).isEqualTo(10);
      assertThat(rest.missing()).isEqualTo(report.missing());
    }
  }

  private static Report run(Transport tool, Ledger ledger, Plan plan) {
    return new Replay(tool, ledger, plan, Settings.defaults()).run(progress -> {});
  }

  private static List<Message> at(Transport tool, String address) {
    List<Message> all = new ArrayList<>();
    tool.browser().browse(address, stored -> all.add(stored.message()));
    return all;
  }

  private void provision(Transport tool) {
    List<Need> needs =
        List.of(
            new Need(origin, null, origin, null, null),
            new Need(letters, null, origin, null, null));
    assertThat(tool.topology().provision(needs).problems()).isEmpty();
  }

  /** All of one key, so that they lie in one partition. */
  private void write(Transport tool, String name, int count, int bytes) {
    List<CompletableFuture<?>> sent = new ArrayList<>();
    try (Sender sender = tool.sender(SLOW)) {
      for (int i = 0; i < count; i++) {
        List<Header> headers =
            List.of(
                new Header(FailureHeaders.REASON, name.getBytes(UTF_8)),
                new Header(FailureHeaders.ORIGIN_ADDRESS, origin.getBytes(UTF_8)));
        sent.add(sender.send(new Message(letters, "k".getBytes(UTF_8), headers, new byte[bytes])));
      }
      sent.forEach(CompletableFuture::join);
    }
  }
}
