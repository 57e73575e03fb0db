package io.stagepost.outbox.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.stagepost.outbox.Relay;
import io.stagepost.outbox.relay.Running.Result;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands that look after the tables, without a broker. */
class TablesTest {
  private final Service service = Service.onKafka();

  @TempDir private Path folder;
  private Path config = Path.of("");

  @BeforeEach
  void write() throws Exception {
    config = folder.resolve("db.properties");
    Files.writeString(
        config,
        "user=" + service.database.username() + "\npassword=" + service.database.password());
  }

  @AfterEach
  void close() {
    service.close();
  }

  private Result relay(String... words) {
    List<String> all = new ArrayList<>(Arrays.asList(words));
    all.addAll(
        List.of("--database", service.database.jdbcUrl(), "--database-config", config.toString()));
    return Running.here(all.toArray(new String[0]));
  }

  @Test
  void the_ddl_that_it_prints_is_what_it_verifies() throws Exception {
    Result ddl = Running.here("ddl", "postgresql", "--shards", "3", "--table", "post");
    assertThat(ddl.code()).isZero();
    assertThat(relay("verify", "--shards", "3", "--table", "post").err())
        .startsWith("relay: ")
        .contains("SP-OUTBOX-011");

    service.execute(ddl.out());

    Result verified = relay("verify", "--shards", "3", "--table", "post");
    assertThat(verified.code()).as(verified.err()).isZero();
    assertThat(relay("verify", "--table", "post").code()).isEqualTo(ExitCode.ERROR.number());
  }

  @Test
  void status_says_what_waits_and_ends_with_5_beyond_a_limit() throws Exception {
    assertThat(relay("status", "--max-age", "1ms", "--max-parked", "0").code()).isZero();
    service.commit("a", "1", "2");

    Result status = relay("status");
    assertThat(status.code()).as(status.err()).isZero();
    assertThat(status.out()).startsWith("waiting=2 oldestMillis=").contains("stagepost_outbox: ");
    Result json = relay("status", "--format", "json", "--max-age", "1ms");
    assertThat(json.out()).startsWith("{\"waiting\":2,").contains("\"description\":[\"");
    assertThat(json.code()).isEqualTo(ExitCode.ALARM.number());
  }

  @Test
  void parked_rows_are_listed_retried_and_discarded() throws Exception {
    service.listen();
    service.commit("a", "x".repeat(2_000_000), "fits", "y".repeat(2_000_000));
    try (Relay relay = service.outbox.relay().start()) {
      await().atMost(Duration.ofSeconds(60)).until(() -> relay.parked() + relay.sent() == 3);
    }
    List<String> ids = ids();
    assertThat(ids).hasSize(2);
    assertThat(relay("parked", "list").out())
        .contains("address=" + service.channel + " key=a ", "SP-KAFKA-010");
    assertThat(relay("parked", "list", "--address", "elsewhere").code())
        .isEqualTo(ExitCode.NOTHING_MATCHED.number());

    Result refused = relay("parked", "discard", ids.get(0));
    assertThat(refused.code()).isEqualTo(ExitCode.REFUSED.number());
    assertThat(ids()).hasSize(2);

    assertThat(relay("parked", "discard", "--yes", ids.get(0)).out()).startsWith("discarded=1");
    assertThat(ids()).containsExactly(ids.get(1));
    assertThat(relay("parked", "retry", ids.get(0), ids.get(1)).code())
        .isEqualTo(ExitCode.PARTIAL.number());
    assertThat(ids()).isEmpty();
    assertThat(service.outbox.pending()).isEqualTo(1);
    assertThat(relay("parked", "retry", "--all").code())
        .isEqualTo(ExitCode.NOTHING_MATCHED.number());
    assertThat(relay("parked", "retry", "three").err()).contains("SP-OUTBOX-024");
  }

  @Test
  void all_parked_rows_are_retried_at_once() throws Exception {
    service.execute(
        "insert into stagepost_outbox_parked (shard, id, address, headers, created_at, parked_at,"
            + " error, holds) select n % 8, n, case when n < 120 then 'here' else 'there' end,"
            + " '\\x0100000000', now(), now(), 'refused', false from generate_series(1, 130) n");
    assertThat(relay("parked", "retry", "--all", "--address", "here").out())
        .startsWith("retried=119");
    assertThat(service.outbox.pending()).isEqualTo(119);
    assertThat(relay("parked", "discard", "--all", "--yes").out()).startsWith("discarded=11");
    assertThat(service.outbox.depth(200).parked()).isZero();
  }

  @Test
  void the_number_of_shards_changes_when_the_outbox_is_empty_and_a_person_says_so()
      throws Exception {
    assertThat(relay("shards", "--to", "16").code()).isEqualTo(ExitCode.REFUSED.number());
    service.commit("a", "1");
    Result waiting = relay("shards", "--to", "16", "--yes");
    assertThat(waiting.err()).startsWith("relay: SP-OUTBOX-028 ");
    assertThat(waiting.code()).isEqualTo(ExitCode.ERROR.number());
    service.execute("delete from stagepost_outbox");
    assertThat(relay("shards", "--shards", "4", "--to", "2", "--yes").code())
        .isEqualTo(ExitCode.ERROR.number());
    assertThat(relay("verify").code()).isZero();

    Result changed = relay("shards", "--to", "16", "--yes", "--format", "json");
    assertThat(changed.code()).as(changed.err()).isZero();
    assertThat(changed.out()).startsWith("{\"shards\":16}");
    assertThat(relay("verify", "--shards", "16").code()).isZero();
    assertThat(relay("verify").code()).isEqualTo(ExitCode.ERROR.number());
  }

  private List<String> ids() {
    return relay("parked", "list")
        .out()
        .lines()
        .map(line -> line.replaceFirst("id=(\\S+) .*", "$1"))
        .toList();
  }
}
