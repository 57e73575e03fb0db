package io.stagepost.kafka;

import io.stagepost.spi.Assignment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * What a delivery costs a partition's ledger: it is made, appended, and settled in any order after
 * the poll that follows; after each poll the ledger is asked what may be committed. Here since a
 * ledger is nobody else's business.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class LedgerBenchmark {
  private static final int EVENTS = 20_000;
  private static final int POLL = 500;

  private final Assignment assignment = new Assignment("measured-0");
  private final List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
  private final List<Integer> order = new ArrayList<>();

  /** JMH makes one. */
  public LedgerBenchmark() {}

  /** Makes the records once: the client makes them, not the ledger. */
  @Setup
  public void setUp() {
    for (int i = 0; i < EVENTS; i++) {
      records.add(new ConsumerRecord<>("measured", 0, i, new byte[8], new byte[8]));
    }
    for (int i = 0; i < POLL; i++) {
      order.add(i);
    }
    Collections.shuffle(order, new Random(1));
  }

  /**
   * From the first record to the last.
   *
   * @return what may be committed in the end
   */
  @Benchmark
  @OperationsPerInvocation(EVENTS)
  public long ledger() {
    Ledger ledger = new Ledger();
    KafkaDelivery[] before = new KafkaDelivery[0];
    for (int from = 0; from < EVENTS; from += POLL) {
      KafkaDelivery[] poll = new KafkaDelivery[POLL];
      for (int i = 0; i < POLL; i++) {
        poll[i] = new KafkaDelivery(records.get(from + i), assignment, null);
        ledger.append(poll[i]);
      }
      settle(before);
      before = poll;
      long unused = ledger.committable();
    }
    settle(before);
    return ledger.committable();
  }

  private void settle(KafkaDelivery[] poll) {
    for (int i = 0; i < poll.length; i++) {
      poll[order.get(i)].settle();
    }
  }
}
