package io.stagepost.outbox;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.inbox.Said;
import io.stagepost.outbox.store.RelaySession;
import io.stagepost.spi.Message;
import java.sql.Connection;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * How often the database is spoken to. Each statement is a round trip: what one more costs does not
 * depend on how busy a machine is, so here a regression shows before it is measured.
 */
class StatementsTest {
  private final Post post = new Post(8);
  private final Said said = new Said();
  private final Outbox outbox =
      Outbox.builder(post.messaging, said.over(post.dataSource)).shards(8).build();

  @AfterEach
  void close() throws Exception {
    post.close();
  }

  private static List<Message> messages(int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> new Message("notes", ("key" + i).getBytes(UTF_8), List.of(), new byte[] {1}))
        .toList();
  }

  private void commit(int count) throws Exception {
    Connection transaction = said.over(post.dataSource).getConnection();
    try (transaction) {
      transaction.setAutoCommit(false);
      outbox.insert(transaction, messages(count));
      transaction.commit();
    }
  }

  @Test
  void what_a_transaction_publishes_is_one_statement() throws Exception {
    commit(1);
    assertThat(said.statements).hasSize(1);
    said.statements.clear();

    commit(100);
    assertThat(said.statements).hasSize(1);
  }

  @Test
  void a_round_of_a_thousand_rows_is_a_claim_a_fetch_and_four_deletes() throws Exception {
    try (RelaySession session = outbox.open(post.relay().settings().session())) {
      Round rounds = new Round(session, post.relay().settings(), new Relay.Counters());
      commit(10);
      rounds.run(); // the first one looks around
      commit(1_000);
      said.statements.clear();

      rounds.run();

      assertThat(post.wire.arrived()).hasSize(1_010);
      assertThat(said.statements).hasSize(6);
    }
  }
}
