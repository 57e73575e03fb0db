package io.stagepost;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.internal.engine.TestDelivery;
import io.stagepost.spi.Assignment;
import io.stagepost.spi.Browser;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class DiversionsTest {
  private final Assignment assignment = new Assignment("p0");
  private final CountDownLatch begun = new CountDownLatch(1);
  private final CountDownLatch mayEnd = new CountDownLatch(1);
  private final AtomicInteger reads = new AtomicInteger();
  private final Diversions diversions =
      new Diversions(
          "group",
          Set.of("channel"),
          Policy.defaults(),
          new Browser() {
            @Override
            public void browse(Selection what, Visitor visitor) {
              reads.incrementAndGet();
              begun.countDown();
              awaitEnd();
            }

            @Override
            public Map<String, String> ends(String address) {
              throw new UnsupportedOperationException();
            }
          },
          () -> 0);

  /** Dead letters are confirmed, and keys released, on a thread of the transport. */
  @Test
  void what_changes_while_the_addresses_are_read_neither_waits_nor_is_lost() throws Exception {
    CompletableFuture<Boolean> a =
        CompletableFuture.supplyAsync(() -> diversions.contains(delivery("a")));
    assertThat(begun.await(30, TimeUnit.SECONDS)).isTrue();
    diversions.add(delivery("a"));
    diversions.add(delivery("b"));
    diversions.remove("channel", "b".getBytes(UTF_8));
    CompletableFuture<Boolean> b =
        CompletableFuture.supplyAsync(() -> diversions.contains(delivery("b")));
    mayEnd.countDown();
    assertThat(a.get(30, TimeUnit.SECONDS)).isTrue();
    assertThat(b.get(30, TimeUnit.SECONDS)).isFalse();
    assertThat(reads).hasValue(1);
  }

  private void awaitEnd() {
    try {
      assertThat(mayEnd.await(30, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException interrupted) {
      throw new AssertionError(interrupted);
    }
  }

  private TestDelivery delivery(String key) {
    return new TestDelivery(0, key, 1, assignment);
  }
}
