package io.stagepost.kafka;

import java.util.Base64;
import java.util.BitSet;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.jspecify.annotations.Nullable;

/**
 * What is committed for a partition: the offset below which all is settled, and in the commit's
 * metadata what the next member that is assigned the partition should know. Immutable.
 *
 * <p>The metadata is text, of at most 4,096 characters unless the broker says otherwise: {@code
 * stagepost/1} and then, each only where it has something to say,
 *
 * <ul>
 *   <li>{@code ends=2}: how many assignments in a row have not ended in order, this one included,
 *       since all that was under way was last settled (see {@link CrashGuard});
 *   <li>{@code until=500}: the offset, less the committed one, below which deliveries may be under
 *       way;
 *   <li>{@code alone=12*1}: the delivery that is handled alone, less the committed offset, and how
 *       often that is so;
 *   <li>{@code epoch=3}: the highest leader epoch of what is settled;
 *   <li>{@code settled=...}: what is settled above the offset, a bit for each offset from the
 *       committed one on, lowest first, in Base64 without padding.
 * </ul>
 *
 * @param offset below it all is settled
 * @param settled bit n: the offset {@code offset + n} is settled, or holds no delivery
 * @param epoch the highest leader epoch of what was taken; -1 if unknown
 * @param ends how many assignments in a row have not ended in order; 0 if the last one has
 * @param until below it deliveries may have been under way; the offset itself if none may
 * @param alone the offset of the delivery that is handled alone; {@link Ledger#NOTHING} if none is
 * @param times how often that one was begun alone
 */
record Checkpoint(
    long offset, BitSet settled, int epoch, int ends, long until, long alone, int times) {
  /** What all of our metadata begins with. */
  private static final String MARK = "stagepost/1";

  private static final Base64.Encoder ENCODER = Base64.getEncoder().withoutPadding();

  /** What an offset says that we have not committed, or that somebody has set by hand. */
  static Checkpoint at(long offset) {
    return new Checkpoint(offset, new BitSet(), -1, 0, offset, Ledger.NOTHING, 0);
  }

  /** Reads what is committed. Metadata that is not ours says nothing. */
  static Checkpoint of(OffsetAndMetadata committed) {
    long offset = committed.offset();
    if (!committed.metadata().startsWith(MARK)) {
      return at(offset);
    }
    BitSet settled = new BitSet();
    int epoch = -1;
    int ends = 0;
    long until = offset;
    long alone = Ledger.NOTHING;
    int times = 0;
    try {
      for (String part : committed.metadata().substring(MARK.length()).split(" ", -1)) {
        int equals = part.indexOf('=');
        String value = part.substring(equals + 1);
        switch (equals < 0 ? "" : part.substring(0, equals)) {
          case "ends" -> ends = Integer.parseInt(value);
          case "until" -> until = offset + Long.parseLong(value);
          case "epoch" -> epoch = Integer.parseInt(value);
          case "settled" -> settled = BitSet.valueOf(Base64.getDecoder().decode(value));
          case "alone" -> {
            int star = value.indexOf('*');
            alone = offset + Long.parseLong(value.substring(0, star));
            times = Integer.parseInt(value.substring(star + 1));
          }
          default -> {} // of a later version
        }
      }
    } catch (IllegalArgumentException | IndexOutOfBoundsException damaged) {
      return at(offset);
    }
    return new Checkpoint(offset, settled, epoch, ends, until, alone, times);
  }

  /** Whether there is metadata that somebody else has written. */
  static boolean isForeign(OffsetAndMetadata committed) {
    return !committed.metadata().isEmpty() && !committed.metadata().startsWith(MARK);
  }

  OffsetAndMetadata toCommit() {
    StringBuilder text = new StringBuilder(MARK);
    if (ends > 0) {
      text.append(" ends=").append(ends);
    }
    if (until > offset) {
      text.append(" until=").append(until - offset);
    }
    if (alone >= offset) {
      text.append(" alone=").append(alone - offset).append('*').append(times);
    }
    if (!settled.isEmpty()) {
      if (epoch >= 0) {
        text.append(" epoch=").append(epoch);
      }
      text.append(" settled=").append(ENCODER.encodeToString(settled.toByteArray()));
    }
    return new OffsetAndMetadata(offset, text.length() == MARK.length() ? "" : text.toString());
  }

  /** The same at the end of an assignment in order. */
  Checkpoint ended() {
    return new Checkpoint(offset, settled, epoch, 0, offset, Ledger.NOTHING, 0);
  }

  /** The same without what is settled above the offset, for a broker that keeps less. */
  Checkpoint shortened() {
    return new Checkpoint(offset, new BitSet(), epoch, ends, until, alone, times);
  }

  /**
   * Whether a record was settled before. One that was written by a later leader than any that was
   * settled is another one: its offset was given away again by an unclean election.
   */
  boolean isSettled(ConsumerRecord<?, ?> record) {
    long index = record.offset() - offset;
    return index >= 0
        && index < settled.length()
        && settled.get((int) index)
        && isNoLaterThan(epoch, record.leaderEpoch().orElse(null));
  }

  private static boolean isNoLaterThan(int epoch, @Nullable Integer other) {
    return other == null || epoch < 0 || other <= epoch;
  }
}
