package io.stagepost.inbox;

import io.stagepost.inbox.contract.DedupContract;
import io.stagepost.spi.DedupStore;

class H2DedupTest extends DedupContract {
  @Override
  protected DedupStore open() {
    JdbcDedupStore store = JdbcDedupStore.in(H2InboxTest.database());
    store.createSchema();
    return store;
  }
}
