package io.stagepost.outbox.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code relay run}, as a process of its own beside the service. */
class RunTest {
  @TempDir private Path folder;

  private static ConditionFactory within() {
    return await().pollInterval(Duration.ofMillis(20)).atMost(Duration.ofMinutes(3));
  }

  private Running start(Service service, String... words) throws Exception {
    List<String> all = new ArrayList<>(List.of("run"));
    all.addAll(List.of(words));
    return Running.start(folder, service.environment(), all.toArray(new String[0]));
  }

  @Test
  void d08_it_sends_what_is_committed_and_sigterm_ends_it_well() throws Exception {
    try (Service service = Service.onKafka();
        Running relay = start(service, "--metrics-every", "50ms")) {
      List<String> arrived = service.listen();
      service.commit("a", "1", "2", "3");
      within().until(() -> arrived.size() == 3);
      within().until(() -> relay.out().contains("state=running sent=3"));

      relay.terminate();

      assertThat(relay.exitCode()).as(relay.err()).isZero();
      assertThat(arrived).containsExactly("1", "2", "3");
      assertThat(relay.out().lines().reduce((first, last) -> last).orElse(""))
          .contains(" state=stopped sent=3 parked=0 violations=0 waiting=0");
      assertThat(relay.err()).isEmpty();
      assertThat(service.outbox.pending()).isZero();
    }
  }

  @Test
  void d08_it_sends_to_rabbitmq_and_says_so_in_json() throws Exception {
    try (Service service = Service.onRabbit();
        Running relay = start(service, "--format", "json", "--metrics-every", "50ms")) {
      List<String> arrived = service.listen();
      service.commit("a", "1", "2");
      within().until(() -> arrived.size() == 2);
      within().until(() -> relay.out().contains("\"sent\":2,\"parked\":0"));
      assertThat(arrived).containsExactly("1", "2");
      relay.terminate();
      assertThat(relay.exitCode()).as(relay.err()).isZero();
    }
  }

  @Test
  void d08_a_second_one_takes_over_from_one_that_is_killed() throws Exception {
    try (Service service = Service.onKafka();
        Running first = start(service);
        Running second = start(service)) {
      List<String> arrived = service.listen();
      within().until(() -> first.isStarted() && second.isStarted());
      List<String> committed = new ArrayList<>();
      for (int i = 0; i < 300; i++) {
        committed.add("%03d".formatted(i));
        service.commit("a", committed.get(i));
        if (i == 100) {
          first.kill();
        }
      }
      within().until(() -> new LinkedHashSet<>(arrived).size() == committed.size());
      // duplicates may be; the first of each come in order
      assertThat(new LinkedHashSet<>(arrived)).containsExactlyElementsOf(committed);
      assertThat(service.outbox.pending()).isZero();
    }
  }

  @Test
  void d08_rows_for_a_topic_that_is_missing_wait_for_it() throws Exception {
    try (Service service = Service.onKafka();
        Running relay = start(service, "--publish-timeout", "2s")) {
      service.commit("a", "1");
      within()
          .until(
              () -> relay.err().contains("SP-OUTBOX-021") && relay.err().contains(service.channel));
      assertThat(service.outbox.pending()).isEqualTo(1);

      List<String> arrived = service.listen();
      within().until(() -> arrived.equals(List.of("1")));
      within().until(() -> service.outbox.pending() == 0);
    }
  }

  @Test
  void a_key_is_held_behind_a_refused_row_until_that_is_discarded() throws Exception {
    try (Service service = Service.onKafka();
        Running relay = start(service, "--on-refused", "hold-key")) {
      List<String> arrived = service.listen();
      service.commit("a", "x".repeat(2_000_000), "later");
      service.commit("b", "other");
      within().until(() -> service.outbox.depth(10).parked() == 1 && !arrived.isEmpty());
      assertThat(arrived).containsExactly("other");

      try (Running parked =
          Running.start(folder, service.environment(), "parked", "discard", "--all", "--yes")) {
        assertThat(parked.exitCode()).as(parked.err()).isZero();
        assertThat(parked.out()).startsWith("discarded=1");
      }
      within().until(() -> arrived.contains("later"));
      assertThat(relay.err()).contains("SP-OUTBOX-020");
    }
  }

  @Test
  void d19_it_does_not_start_on_tables_that_are_wrong() throws Exception {
    try (Service service = Service.onKafka()) {
      service.execute("drop table stagepost_outbox");
      try (Running relay = start(service)) {
        assertThat(relay.exitCode()).isEqualTo(ExitCode.ERROR.number());
        assertThat(relay.err()).startsWith("relay: ").contains("SP-OUTBOX-011");
        assertThat(relay.out()).isEmpty();
      }
      try (Running relay = start(service, "--shards", "4")) {
        assertThat(relay.exitCode()).isEqualTo(ExitCode.ERROR.number());
      }
    }
  }

  @Test
  void a_database_that_is_away_is_told_without_its_password() throws Exception {
    Map<String, String> environment =
        Map.of(
            "RELAY_DATABASE",
            "jdbc:postgresql://127.0.0.1:1/shop?user=ada&password=open-sesame",
            "RELAY_BROKER",
            "kafka://127.0.0.1:1");
    try (Running relay = Running.start(folder, environment, "run")) {
      assertThat(relay.exitCode()).isEqualTo(ExitCode.ERROR.number());
      assertThat(relay.err()).startsWith("relay: SP-RELAY-002 ").doesNotContain("open-sesame");
    }
  }
}
