package io.stagepost.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.BitSet;
import java.util.Optional;
import java.util.Random;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CheckpointTest {
  private static ConsumerRecord<byte[], byte[]> record(long offset, int epoch) {
    return new ConsumerRecord<>(
        "topic",
        0,
        offset,
        0L,
        TimestampType.CREATE_TIME,
        0,
        0,
        new byte[0],
        new byte[0],
        new RecordHeaders(),
        Optional.of(epoch));
  }

  @Test
  void with_nothing_to_say_it_says_nothing() {
    assertThat(Checkpoint.at(42).toCommit()).isEqualTo(new OffsetAndMetadata(42, ""));
  }

  @Test
  void it_can_be_read_by_people() {
    BitSet settled = new BitSet();
    settled.set(1, 4);
    assertThat(new Checkpoint(100, settled, 7, 2, 600, 112, 1).toCommit().metadata())
        .isEqualTo("stagepost/1 ends=2 until=500 alone=12*1 epoch=7 settled=Dg");
  }

  @Test
  void what_is_written_is_read_again() {
    Random random = new Random(1);
    for (int i = 0; i < 2_000; i++) {
      long offset = random.nextInt(1_000_000);
      BitSet settled = new BitSet();
      for (int bits = random.nextInt(1_000); bits > 0; bits--) {
        settled.set(random.nextInt(Flow.SPAN));
      }
      int ends = random.nextInt(4);
      boolean alone = random.nextBoolean();
      Checkpoint written =
          new Checkpoint(
              offset,
              settled,
              settled.isEmpty() ? -1 : random.nextInt(9),
              ends,
              offset + random.nextInt(3),
              alone ? offset + random.nextInt(9) : Ledger.NOTHING,
              alone ? 1 + random.nextInt(3) : 0);
      assertThat(Checkpoint.of(written.toCommit())).isEqualTo(written);
    }
  }

  @Test
  void d09_it_fits_into_what_a_broker_keeps_whatever_is_settled() {
    BitSet all = new BitSet();
    all.set(1, Flow.SPAN);
    Checkpoint largest =
        new Checkpoint(0, all, Integer.MAX_VALUE, 999_999, Flow.SPAN, Flow.SPAN, 999_999);
    assertThat(largest.toCommit().metadata().length()).isLessThanOrEqualTo(4_096);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "a note by hand",
        "bAAAAAgAAAAA",
        "stagepost/1 settled=%%%",
        "stagepost/1 ends=x",
        "stagepost/1 alone=12",
        "stagepost/1 until="
      })
  void metadata_of_others_or_damaged_says_nothing(String metadata) {
    assertThat(Checkpoint.of(new OffsetAndMetadata(42, metadata))).isEqualTo(Checkpoint.at(42));
  }

  @Test
  void what_a_later_version_adds_is_passed_over() {
    assertThat(Checkpoint.of(new OffsetAndMetadata(42, "stagepost/1 ends=1 colour=red")).ends())
        .isOne();
  }

  @Test
  void metadata_of_others_is_told_from_none_and_from_ours() {
    assertThat(Checkpoint.isForeign(new OffsetAndMetadata(1, "a note by hand"))).isTrue();
    assertThat(Checkpoint.isForeign(new OffsetAndMetadata(1, ""))).isFalse();
    assertThat(Checkpoint.isForeign(new OffsetAndMetadata(1, "stagepost/1 ends=1"))).isFalse();
  }

  @Test
  void a_record_that_a_later_leader_wrote_in_the_place_of_a_settled_one_is_not_settled() {
    BitSet settled = new BitSet();
    settled.set(5);
    Checkpoint found = new Checkpoint(100, settled, 3, 1, 110, Ledger.NOTHING, 0);
    assertThat(found.isSettled(record(105, 3))).isTrue();
    assertThat(found.isSettled(record(105, 4))).isFalse();
    assertThat(found.isSettled(record(104, 3))).isFalse();
    assertThat(found.isSettled(record(99, 3))).isFalse();
    assertThat(found.isSettled(record(100_000_000_000L, 3))).isFalse();
  }
}
