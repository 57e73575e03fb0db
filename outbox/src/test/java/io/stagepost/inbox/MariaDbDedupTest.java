package io.stagepost.inbox;

import io.stagepost.testkit.fixture.MariaDbFixture;
import javax.sql.DataSource;

class MariaDbDedupTest extends JdbcDedupContract {
  @Override
  DataSource database() {
    return MariaDbFixture.shared().createDatabase("dedup").dataSource();
  }
}
