package io.stagepost.inbox;

import javax.sql.DataSource;

class H2DedupTest extends JdbcDedupContract {
  @Override
  DataSource database() {
    return H2InboxTest.database();
  }
}
