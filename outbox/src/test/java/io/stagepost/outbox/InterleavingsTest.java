package io.stagepost.outbox;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Commits and rounds in the orders that matter, one after the other on a real server. */
class InterleavingsTest {
  private final Post post = new Post(1);

  @AfterEach
  void close() throws Exception {
    post.close();
  }

  @Test
  void d08_a_committed_row_is_sent_and_deleted() throws Exception {
    post.commit("a", "one", "two");

    post.rounds().run();

    assertThat(post.wire.texts()).containsExactly("one", "two");
    assertThat(post.outbox.pending()).isZero();
  }

  @Test
  void d08_a_late_commit_with_a_lower_id_is_found_by_the_next_round() throws Exception {
    Round rounds = post.rounds();
    Connection slow = post.begin();
    post.insert(slow, "a", "low");
    post.commit("b", "high");

    rounds.run();
    assertThat(post.wire.texts()).containsExactly("high");

    slow.commit();
    rounds.run();
    assertThat(post.wire.texts()).containsExactly("high", "low");
    assertThat(post.outbox.pending()).isZero();
  }
}
