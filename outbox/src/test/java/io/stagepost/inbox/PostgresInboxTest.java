package io.stagepost.inbox;

import io.stagepost.inbox.contract.InboxContract;
import io.stagepost.inbox.contract.Store;
import io.stagepost.testkit.fixture.PostgresFixture;

class PostgresInboxTest extends InboxContract {
  @Override
  protected Store open() {
    return new JdbcStore(
        PostgresFixture.shared().createDatabase("inbox").dataSource(),
        "select count(*) from pg_stat_activity"
            + " where datname = current_database() and wait_event_type = 'Lock'",
        "select pg_sleep(%d)");
  }
}
