package io.stagepost.inbox;

import io.stagepost.testkit.fixture.PostgresFixture;
import javax.sql.DataSource;
import org.postgresql.ds.PGSimpleDataSource;

class PostgresDedupTest extends JdbcDedupContract {
  /** Whatever isolation is set there. */
  @Override
  DataSource database() {
    PGSimpleDataSource dataSource =
        (PGSimpleDataSource) PostgresFixture.shared().createDatabase("dedup").dataSource();
    dataSource.setOptions("-c default_transaction_isolation=serializable");
    return dataSource;
  }
}
