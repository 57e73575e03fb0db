package io.stagepost.inbox;

import io.stagepost.testkit.fixture.PostgresFixture;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
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

  @Test
  void d07_a_claim_that_waits_for_another_process_ends_with_its_lease() throws Exception {
    assertThatAClaimWaitsForItsLeaseAtMost();
  }
}
