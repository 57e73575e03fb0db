package io.stagepost.inbox;

import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.Outcome;
import io.stagepost.inbox.contract.InboxContract;
import io.stagepost.inbox.contract.Store;
import io.stagepost.spi.Inbox.Entry;
import io.stagepost.testkit.fixture.MariaDbFixture;
import java.net.URI;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.mariadb.jdbc.MariaDbDataSource;

class MariaDbInboxTest extends InboxContract {
  @Override
  protected Store open() {
    return new JdbcStore(
        MariaDbFixture.shared().createDatabase("inbox").dataSource(),
        "select count(*) from information_schema.innodb_trx where trx_state = 'LOCK WAIT'",
        "select sleep(%d)");
  }

  @Test
  void d19_a_server_that_takes_no_writes_is_told() throws Exception {
    try (Connection connection = store.dataSource().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("set global read_only = on");
      try {
        assertThat(inbox.problems())
            .singleElement()
            .satisfies(problem -> assertThat(problem).startsWith("SP-INBOX-002"));
      } finally {
        statement.execute("set global read_only = off");
      }
    }
    assertThat(inbox.problems()).isEmpty();
  }

  @Test
  void entering_and_committing_are_a_round_trip_each() throws Exception {
    Said said = new Said();
    JdbcInbox counted = JdbcInbox.in(said.over(store.dataSource()));
    Entry entry = new Entry("billing", URI.create("urn:shop"), "1", null, Instant.now());
    List<Integer> entering = new ArrayList<>();

    counted.once(
        entry,
        TIME,
        connection -> {
          entering.add(said.statements.size());
          return Outcome.done();
        });

    assertThat(entering).containsExactly(1);
    assertThat(said.statements).hasSize(2);
  }

  @Test
  void d18_whatever_may_wait_has_a_query_timeout() throws Exception {
    Said said = new Said();
    JdbcInbox timed = JdbcInbox.in(said.over(store.dataSource()));
    Function<String, Entry> event =
        id -> new Entry("billing", URI.create("urn:shop"), id, "order-7", Instant.now());

    timed.once(event.apply("1"), TIME, connection -> Outcome.done());
    timed.once(event.apply("2"), TIME, connection -> Outcome.done());
    timed.refuse(event.apply("3"));
    timed.refuse(event.apply("3"));
    timed.onceAll(List.of(event.apply("1"), event.apply("4")), TIME, (connection, fresh) -> {});
    assertThat(timed.once(event.apply("5"), TIME, connection -> Outcome.done()).toString())
        .contains("duplicate of urn:shop 1");

    assertThat(said.statements).hasSizeGreaterThan(20);
    assertThat(said.untimed)
        .isNotEmpty()
        .allMatch(sql -> sql.matches("BEGIN NOT ATOMIC (SET TRANSACTION|RELEASE) .*"));
  }

  @Test
  void a_driver_that_prepares_on_the_server_is_served() throws Exception {
    MariaDbDataSource prepared = (MariaDbDataSource) store.dataSource();
    prepared.setUrl(
        prepared.getUrl()
            + (prepared.getUrl().contains("?") ? "&" : "?")
            + "useServerPrepStmts=true");
    Entry entry = new Entry("billing", URI.create("urn:shop"), "1", null, Instant.now());

    assertThat(JdbcInbox.in(prepared).once(entry, TIME, connection -> Outcome.done()))
        .isEqualTo(Outcome.done());
    assertThat(JdbcInbox.in(prepared).once(entry, TIME, connection -> Outcome.done()))
        .isEqualTo(Outcome.skip("duplicate"));
  }
}
