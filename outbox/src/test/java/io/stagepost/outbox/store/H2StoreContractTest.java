package io.stagepost.outbox.store;

import io.stagepost.outbox.contract.OutboxStoreContract;
import java.sql.Connection;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.h2.jdbcx.JdbcDataSource;

class H2StoreContractTest extends OutboxStoreContract {
  private static final JdbcDataSource DATABASE = new JdbcDataSource();

  static {
    DATABASE.setURL("jdbc:h2:mem:contract;DB_CLOSE_DELAY=-1;DEFAULT_LOCK_TIMEOUT=20000");
  }

  @Override
  protected DataSource dataSource() {
    return DATABASE;
  }

  @Override
  protected OutboxStore store(String table, int shards) {
    return new H2Store(table, shards);
  }

  @Override
  protected String schema() {
    return "public";
  }

  /** H2 knows no other way. */
  @Override
  protected void cut(Connection connection) throws SQLException {
    connection.close();
  }
}
