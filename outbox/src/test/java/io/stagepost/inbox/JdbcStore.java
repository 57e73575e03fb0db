package io.stagepost.inbox;

import io.stagepost.inbox.contract.Store;
import io.stagepost.spi.Inbox;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.InstantSource;
import javax.sql.DataSource;

/** {@link JdbcInbox} for the contract; a database says only what differs. */
record JdbcStore(DataSource dataSource, String countWaiting, String sleeping) implements Store {
  @Override
  public Inbox<Connection> inbox(DataSource dataSource, Duration window, InstantSource clock) {
    JdbcInbox inbox =
        JdbcInbox.builder(dataSource).window(window).replayHorizon(window).clock(clock).build();
    inbox.createSchema();
    return inbox;
  }

  @Override
  public void housekeep(Inbox<Connection> inbox) throws Exception {
    try (Connection connection = dataSource.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(
          "update stagepost_inbox_mark set kept_at = timestamp '1970-01-01 00:00:00'");
    }
    inbox.housekeep();
  }

  @Override
  public long recorded() throws SQLException {
    return count("stagepost_inbox");
  }

  @Override
  public long held() throws SQLException {
    return count("stagepost_inbox_key");
  }

  private long count(String table) throws SQLException {
    try (Connection connection = dataSource.getConnection();
        Statement statement = connection.createStatement();
        ResultSet answer = statement.executeQuery("select count(*) from " + table)) {
      answer.next();
      return answer.getLong(1);
    }
  }

  @Override
  public String sleep(int seconds) {
    return sleeping.formatted(seconds);
  }
}
