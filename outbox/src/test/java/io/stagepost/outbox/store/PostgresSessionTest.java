package io.stagepost.outbox.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.testkit.ManualClock;
import io.stagepost.testkit.fixture.PostgresDatabase;
import io.stagepost.testkit.fixture.PostgresFixture;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** What is PostgreSQL's own in a relay's session. */
class PostgresSessionTest {
  private final PostgresDatabase database = PostgresFixture.shared().createDatabase("session");

  private static void insert(OutboxStore store, Connection connection, String text)
      throws SQLException {
    store.insert(
        connection,
        List.of(new NewRow(0, "notes", null, new byte[] {1, 0, 0, 0, 0}, text.getBytes(UTF_8))),
        false);
  }

  private static List<String> leaveAll(RelaySession session) throws SQLException {
    List<Integer> claimed = session.claim(List.of(0), 1);
    List<String> texts = new ArrayList<>();
    for (Row row : session.fetch(claimed, Map.of()).get(0).rows()) {
      texts.add(new String(Objects.requireNonNull(row.body()), UTF_8));
    }
    session.commit(claimed);
    return texts;
  }

  /** Beyond their bound missing ranges are merged; one that covered a row would show it again. */
  @Test
  void what_was_left_between_more_missing_ranges_than_are_told_apart_is_shown_once()
      throws Exception {
    OutboxStore store =
        new PostgresStore(
            "stagepost_outbox", 1, new PostgresSession.Tuning("pg_current_xact_id()", 3, null));
    try (Connection open = database.dataSource().getConnection();
        Connection writer = database.dataSource().getConnection()) {
      store.createSchema(writer);
      open.setAutoCommit(false);
      writer.setAutoCommit(false);
      try (RelaySession session =
          store.open(
              database.dataSource().getConnection(),
              new SessionSettings(500, 1_000_000, Duration.ofSeconds(60), new ManualClock()))) {
        insert(store, open, "open");
        List<String> shown = new ArrayList<>();
        List<String> committed = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
          insert(store, writer, "undone");
          writer.rollback();
          insert(store, writer, "row " + i);
          writer.commit();
          committed.add("row " + i);
          shown.addAll(leaveAll(session));
        }
        shown.addAll(leaveAll(session));
        assertThat(shown).isEqualTo(committed);

        open.commit();
        assertThat(leaveAll(session)).containsExactly("open");
      }
    }
  }

  /** Plans are kept, and what they were made by is often an empty table. */
  @Test
  void a_plan_that_was_made_for_an_empty_table_reads_no_more_than_it_settles_of_a_full_one()
      throws Exception {
    OutboxStore store = new PostgresStore("stagepost_outbox", 1, PostgresSession.Tuning.USUAL);
    try (Connection writer = database.dataSource().getConnection();
        Statement statement = writer.createStatement()) {
      store.createSchema(writer);
      statement.execute("ALTER TABLE stagepost_outbox SET (autovacuum_enabled = false)");
      writer.setAutoCommit(false);
      insertRows(store, writer);
      statement.execute("DELETE FROM stagepost_outbox");
      writer.commit();
      statement.execute("ANALYZE stagepost_outbox"); // many pages, no rows
      writer.commit();
      Connection relay = database.dataSource().getConnection();
      try (RelaySession session =
          store.open(
              relay,
              new SessionSettings(100, 1_000_000, Duration.ofSeconds(60), new ManualClock()))) {
        for (int i = 0; i < 10; i++) { // until the driver keeps statements, and the server plans
          insert(store, writer, "sent " + i);
          insert(store, writer, "refused " + i);
          writer.commit();
          assertThat(settleAll(session)).isEqualTo(2);
          session.commit(List.of(0));
        }
        insertRows(store, writer);

        assertThat(settleAll(session)).isEqualTo(100);
        try (Statement counters = relay.createStatement();
            ResultSet read =
                counters.executeQuery(
                    "SELECT idx_tup_fetch FROM pg_stat_xact_user_tables"
                        + " WHERE relname = 'stagepost_outbox'")) {
          read.next();
          assertThat(read.getLong(1)).isBetween(100L, 300L);
        }
        session.commit(List.of(0));
      }
    }
  }

  private static void insertRows(OutboxStore store, Connection writer) throws SQLException {
    for (int i = 0; i < 3_000; i++) {
      insert(store, writer, "row " + i);
    }
    writer.commit();
  }

  private static int settleAll(RelaySession session) throws SQLException {
    List<Row> rows = session.fetch(session.claim(List.of(0), 1), Map.of()).get(0).rows();
    int sent = rows.size() / 2;
    session.settle(
        rows.subList(0, sent),
        rows.subList(sent, rows.size()).stream()
            .map(row -> new Refusal(row, "too large", false))
            .toList());
    return rows.size();
  }
}
