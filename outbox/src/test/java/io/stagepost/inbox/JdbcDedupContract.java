package io.stagepost.inbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.stagepost.MessagingException;
import io.stagepost.inbox.contract.DedupContract;
import io.stagepost.spi.DedupStore;
import io.stagepost.spi.DedupStore.Claim;
import io.stagepost.spi.Inbox.Entry;
import java.net.URI;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;

/** The contract, and what concerns the table, on one database. */
abstract class JdbcDedupContract extends DedupContract {
  private final DataSource dataSource = database();

  /** A new one. */
  abstract DataSource database();

  @Override
  protected DedupStore open() {
    JdbcDedupStore store = JdbcDedupStore.in(dataSource);
    store.createSchema();
    return store;
  }

  @Test
  void d07_a_shorter_window_on_the_same_table_forgets_only_what_was_recorded_under_it()
      throws Exception {
    JdbcDedupStore longer = JdbcDedupStore.in(dataSource);
    JdbcDedupStore shorter = JdbcDedupStore.in(dataSource, Duration.ofHours(2));
    Entry ofLonger = event("1");
    Entry ofShorter = event("2");
    longer.complete(ofLonger, claimed(longer, ofLonger));
    shorter.complete(ofShorter, claimed(shorter, ofShorter));
    let(Duration.ofDays(2));

    shorter.housekeep();

    assertThat(claim(longer, ofLonger)).isEqualTo(new Claim.Handled("duplicate"));
    assertThat(claim(longer, ofShorter)).as("forgotten").isInstanceOf(Claim.Claimed.class);
  }

  /** Another process inserts the row of the event and does not commit. */
  final void assertThatAClaimWaitsForItsLeaseAtMost() throws Exception {
    JdbcDedupStore store = JdbcDedupStore.in(dataSource);
    store.createSchema();
    long begun = System.nanoTime();
    try (Connection other = dataSource.getConnection();
        Statement statement = other.createStatement()) {
      other.setAutoCommit(false);
      statement.execute(
          "insert into stagepost_dedup values ('mailer', 'id urn:shop 1', 'x', 'x', false, 0)");

      assertThatExceptionOfType(MessagingException.class)
          .isThrownBy(() -> store.claim(event("1"), Duration.ofSeconds(1)))
          .satisfies(failure -> assertThat(failure.code()).isEqualTo("SP-DEDUP-001"));
      other.rollback();
    }
    assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(20));
    assertThat(store.claim(event("1"), Duration.ofMinutes(5))).isInstanceOf(Claim.Claimed.class);
  }

  static Entry event(String id) {
    return new Entry("mailer", URI.create("urn:shop"), id, null, Instant.now());
  }

  static Claim claim(DedupStore store, Entry entry) throws Exception {
    return store.claim(entry, Duration.ofMinutes(5));
  }

  static Claim.Claimed claimed(DedupStore store, Entry entry) throws Exception {
    return (Claim.Claimed) claim(store, entry);
  }

  /** As if so much time had passed. */
  private void let(Duration pass) throws SQLException {
    try (Connection connection = dataSource.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("update stagepost_dedup set until_ms = until_ms - " + pass.toMillis());
    }
  }
}
