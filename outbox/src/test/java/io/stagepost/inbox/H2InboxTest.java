package io.stagepost.inbox;

import io.stagepost.inbox.contract.InboxContract;
import io.stagepost.inbox.contract.Store;
import java.util.UUID;
import javax.sql.DataSource;
import org.h2.jdbcx.JdbcDataSource;

class H2InboxTest extends InboxContract {
  @Override
  protected Store open() {
    return new JdbcStore(
        database(),
        "select count(*) from information_schema.sessions"
            + " where executing_statement is not null and session_id <> session_id()",
        "select count(*) from system_range(1, 100000000000) where x + %d < 0");
  }

  static DataSource database() {
    JdbcDataSource dataSource = new JdbcDataSource();
    dataSource.setURL("jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1;LOCK_TIMEOUT=20000");
    return dataSource;
  }
}
