package io.stagepost.outbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.stagepost.testkit.fixture.PostgresFixture;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The database dies, and is started again. */
class CrashTest {
  @TempDir private Path directory;

  @Test
  void d08_a_database_that_crashes_and_recovers_loses_nothing() throws Exception {
    try (PostgresFixture server = PostgresFixture.start(directory);
        Post post = new Post(4, server.createDatabase("crash"))) {
      List<String> committed = new ArrayList<>();
      try (Relay relay = post.relay().start()) {
        for (int crash = 0; crash < 3; crash++) {
          for (int i = 0; i < 100; i++) {
            String text = crash + "/" + i;
            post.commit("key" + i, text);
            committed.add(text);
          }
          crash(post);
        }
        await().atMost(Duration.ofSeconds(60)).ignoreExceptions().until(() -> pending(post) == 0);
        assertThat(relay.violations()).isZero();
      }
      assertThat(post.wire.texts()).containsAll(committed);
    }
  }

  private static long pending(Post post) {
    return post.outbox.pending();
  }

  /** Kills a session's process, upon which the server drops all sessions and recovers. */
  private static void crash(Post post) {
    try {
      post.execute("create table if not exists nothing (line text)");
      post.execute("copy nothing from program 'kill -9 $PPID'");
      throw new AssertionError("the server survived");
    } catch (SQLException killed) {
      assertThat(killed.getSQLState()).startsWith("08");
    }
    await()
        .atMost(Duration.ofSeconds(60))
        .ignoreExceptions()
        .until(() -> post.query("select 1").equals("1"));
  }
}
