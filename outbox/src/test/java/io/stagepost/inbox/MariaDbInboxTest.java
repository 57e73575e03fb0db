package io.stagepost.inbox;

import io.stagepost.inbox.contract.InboxContract;
import io.stagepost.inbox.contract.Store;
import io.stagepost.testkit.fixture.MariaDbFixture;

class MariaDbInboxTest extends InboxContract {
  @Override
  protected Store open() {
    return new JdbcStore(
        MariaDbFixture.shared().createDatabase("inbox").dataSource(),
        "select count(*) from information_schema.innodb_trx where trx_state = 'LOCK WAIT'",
        "select sleep(%d)");
  }
}
