package io.stagepost.inbox;

import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.testkit.fixture.MariaDbFixture;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;

class MariaDbDedupTest extends JdbcDedupContract {
  @Override
  DataSource database() {
    return MariaDbFixture.shared().createDatabase("dedup").dataSource();
  }

  @Test
  void the_clock_does_not_depend_on_the_time_zone() throws SQLException {
    try (Connection connection = database().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("set time_zone = '+05:30', timestamp = 1761438600.123");
      try (var answer = statement.executeQuery("select " + DedupDialect.of("MariaDB").clock())) {
        answer.next();
        assertThat(answer.getLong(1)).isEqualTo(1_761_438_600_123L);
      }
    }
  }

  @Test
  void d07_a_claim_that_waits_for_another_process_ends_with_its_lease() throws Exception {
    assertThatAClaimWaitsForItsLeaseAtMost();
  }
}
