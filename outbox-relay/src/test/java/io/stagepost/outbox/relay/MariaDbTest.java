package io.stagepost.outbox.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The command on a real MariaDB, by the driver that it brings. */
class MariaDbTest {
  private final Service service = Service.onKafkaAndMariaDb();

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

  @ParameterizedTest
  @ValueSource(strings = {"mariadb", "mysql"})
  void the_ddl_that_it_prints_is_what_it_verifies(String database) throws Exception {
    Result ddl = Running.here("ddl", database, "--shards", "3", "--table", "post");
    assertThat(ddl.code()).isZero();
    assertThat(relay("verify", "--shards", "3", "--table", "post").err()).contains("SP-OUTBOX-011");

    for (String statement : ddl.out().split(";\\s*\\R", -1)) {
      if (!statement.isBlank()) {
        service.execute(statement);
      }
    }

    Result verified = relay("verify", "--shards", "3", "--table", "post");
    assertThat(verified.code()).as(verified.err()).isZero();
    assertThat(relay("verify", "--table", "post").err()).contains("SP-OUTBOX-040");
  }

  @Test
  void d08_it_sends_what_is_committed_and_parks_what_is_refused() throws Exception {
    service.commit("a", "1", "x".repeat(2_000_000), "2");
    assertThat(relay("status", "--max-parked", "0").out()).startsWith("waiting=3 ");
    List<String> arrived = service.listen();

    try (Running running =
        Running.start(folder, service.environment(), "run", "--metrics-every", "50ms")) {
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> running.out().contains("state=running sent=2 parked=1"));
      running.terminate();
      assertThat(running.exitCode()).as(running.err()).isZero();
    }

    await().atMost(Duration.ofSeconds(60)).until(() -> arrived.size() == 2);
    assertThat(arrived).containsExactly("1", "2");
    Result status = relay("status", "--max-parked", "0");
    assertThat(status.out()).startsWith("waiting=0 oldestMillis=0 parked=1");
    assertThat(status.code()).isEqualTo(ExitCode.ALARM.number());
    Result parked = relay("parked", "list");
    assertThat(parked.out()).contains("address=" + service.channel + " key=a ", "SP-KAFKA-010");
    String id = parked.out().replaceFirst("(?s)id=(\\S+) .*", "$1");

    assertThat(relay("shards", "--to", "4", "--yes").err()).contains("SP-OUTBOX-028");
    assertThat(relay("parked", "retry", id).out()).startsWith("retried=1");
    assertThat(service.outbox.pending()).isEqualTo(1);
    service.execute("delete from stagepost_outbox");
    Result changed = relay("shards", "--to", "4", "--yes");
    assertThat(changed.code()).as(changed.err()).isZero();
    assertThat(relay("verify", "--shards", "4").code()).isZero();
  }
}
