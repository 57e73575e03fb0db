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
        dataSource(),
        "select count(*) from information_schema.sessions where blocker_id is not null",
        "select count(*) from system_range(1, 100000000000) where x + %d < 0");
  }

  private static DataSource dataSource() {
    JdbcDataSource dataSource = new JdbcDataSource();
    dataSource.setURL(
        "jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1;LOCK_TIMEOUT=20000");
    return dataSource;
  }
}
