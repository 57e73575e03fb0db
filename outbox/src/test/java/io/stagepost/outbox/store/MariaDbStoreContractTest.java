package io.stagepost.outbox.store;

import io.stagepost.outbox.contract.OutboxStoreContract;
import io.stagepost.testkit.fixture.MariaDbDatabase;
import io.stagepost.testkit.fixture.MariaDbFixture;
import javax.sql.DataSource;

class MariaDbStoreContractTest extends OutboxStoreContract {
  private static final MariaDbDatabase DATABASE =
      MariaDbFixture.shared().createDatabase("contract");

  @Override
  protected DataSource dataSource() {
    return DATABASE.dataSource();
  }

  @Override
  protected OutboxStore store(String table, int shards) {
    return new MariaDbStore(table, shards);
  }

  @Override
  protected String schema() {
    return DATABASE.name();
  }
}
