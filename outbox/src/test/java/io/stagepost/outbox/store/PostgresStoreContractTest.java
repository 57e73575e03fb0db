package io.stagepost.outbox.store;

import io.stagepost.outbox.contract.OutboxStoreContract;
import io.stagepost.testkit.fixture.PostgresDatabase;
import io.stagepost.testkit.fixture.PostgresFixture;
import javax.sql.DataSource;

class PostgresStoreContractTest extends OutboxStoreContract {
  private static final PostgresDatabase DATABASE =
      PostgresFixture.shared().createDatabase("contract");

  @Override
  protected DataSource dataSource() {
    return DATABASE.dataSource();
  }

  @Override
  protected OutboxStore store(String table, int shards) {
    return new PostgresStore(table, shards);
  }

  @Override
  protected String schema() {
    return "public";
  }
}
