package io.stagepost.inbox;

import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.inbox.contract.InboxContract;
import io.stagepost.inbox.contract.Store;
import io.stagepost.testkit.fixture.MariaDbFixture;
import java.sql.Connection;
import java.sql.Statement;
import org.junit.jupiter.api.Test;

class MariaDbInboxTest extends InboxContract {
  @Override
  protected Store open() {
    return new JdbcStore(
        MariaDbFixture.shared().createDatabase("inbox").dataSource(),
        "select count(*) from information_schema.innodb_trx where trx_state = 'LOCK WAIT'",
        "select sleep(%d)");
  }

  @Test
  void d19_a_server_that_takes_no_writes_is_told() throws Exception {
    try (Connection connection = store.dataSource().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("set global read_only = on");
      try {
        assertThat(inbox.problems())
            .singleElement()
            .satisfies(problem -> assertThat(problem).startsWith("SP-INBOX-002"));
      } finally {
        statement.execute("set global read_only = off");
      }
    }
    assertThat(inbox.problems()).isEmpty();
  }
}
