package io.stagepost.inbox;

import io.stagepost.testkit.fixture.PostgresFixture;
import javax.sql.DataSource;

class PostgresDedupTest extends JdbcDedupContract {
  @Override
  DataSource database() {
    return PostgresFixture.shared().createDatabase("dedup").dataSource();
  }
}
