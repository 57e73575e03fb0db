package io.stagepost.inbox;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.stagepost.Outcome;
import io.stagepost.inbox.contract.InboxContract;
import io.stagepost.inbox.contract.Store;
import io.stagepost.spi.Inbox;
import java.net.URI;
import java.sql.Connection;
import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.Test;

class H2InboxTest extends InboxContract {
  @Override
  protected Store open() {
    return new JdbcStore(
        database(),
        "select count(*) from information_schema.sessions"
            + " where executing_statement is not null and session_id <> session_id()",
        "select count(*) from system_range(1, 100000000000) where x + %d < 0");
  }

  @Test
  void d07_the_isolation_is_read_committed_and_set_back() throws Exception {
    HikariConfig config = new HikariConfig();
    config.setDataSource(store.dataSource());
    config.setMaximumPoolSize(1);
    config.setTransactionIsolation("TRANSACTION_SERIALIZABLE");
    try (HikariDataSource pool = new HikariDataSource(config)) {
      AtomicInteger isolation = new AtomicInteger();

      JdbcInbox.in(pool)
          .once(
              new Inbox.Entry("billing", URI.create("urn:shop"), "1", null, Instant.now()),
              TIME,
              connection -> {
                isolation.set(connection.getTransactionIsolation());
                return Outcome.done();
              });

      assertThat(isolation).hasValue(Connection.TRANSACTION_READ_COMMITTED);
      try (Connection connection = pool.getConnection()) {
        assertThat(connection.getTransactionIsolation())
            .isEqualTo(Connection.TRANSACTION_SERIALIZABLE);
      }
    }
  }

  static DataSource database() {
    JdbcDataSource dataSource = new JdbcDataSource();
    dataSource.setURL("jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1;LOCK_TIMEOUT=20000");
    return dataSource;
  }
}
