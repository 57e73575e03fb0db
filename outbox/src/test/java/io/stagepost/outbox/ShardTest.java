package io.stagepost.outbox;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.outbox.store.Row;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ShardTest {
  private static Row row(long id) {
    return new Row(0, id, "orders", ("key-" + id).getBytes(UTF_8), new byte[0], new byte[0]);
  }

  @Test
  void when_no_remembered_row_of_a_destination_may_be_sent_others_are_looked_for() {
    Shard shard = new Shard(0);
    List<Row> left = new ArrayList<>();
    for (int id = 1; id <= 20; id++) {
      left.add(row(id));
      shard.await(row(id));
    }
    shard.read(false);
    List<Long> remembered = shard.waiting("orders");
    assertThat(remembered).hasSizeLessThan(20);

    left.stream().filter(row -> remembered.contains(row.id())).forEach(shard::drop);

    assertThat(shard.waiting("orders")).isEmpty();
    assertThat(shard.isRereadDue()).isTrue();
    shard.reread();
    shard.drop(row(1)); // is held behind what is parked, and was not left for the destination
    shard.await(row(20));
    assertThat(shard.waiting("orders")).containsExactly(20L);
    assertThat(shard.isRereadDue()).isFalse();
  }
}
