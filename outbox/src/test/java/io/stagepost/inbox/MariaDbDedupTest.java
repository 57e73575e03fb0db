package io.stagepost.inbox;

import io.stagepost.inbox.contract.DedupContract;
import io.stagepost.spi.DedupStore;
import io.stagepost.testkit.fixture.MariaDbFixture;

class MariaDbDedupTest extends DedupContract {
  @Override
  protected DedupStore open() {
    JdbcDedupStore store =
        JdbcDedupStore.in(MariaDbFixture.shared().createDatabase("dedup").dataSource());
    store.createSchema();
    return store;
  }
}
