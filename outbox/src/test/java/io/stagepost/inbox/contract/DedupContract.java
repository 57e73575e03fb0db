package io.stagepost.inbox.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.FailurePolicy;
import io.stagepost.spi.DedupStore;
import io.stagepost.spi.DedupStore.Claim;
import io.stagepost.spi.Inbox.Entry;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What every {@link DedupStore} must keep. Each test has an empty one, with a window of 14 days.
 */
public abstract class DedupContract {
  private static final Duration LEASE = Duration.ofMinutes(5);

  private DedupStore store;

  /** A new one. */
  protected abstract DedupStore open() throws Exception;

  @BeforeEach
  void openStore() throws Exception {
    store = open();
  }

  private static Entry event(String id, @Nullable String key) {
    return new Entry("mailer", URI.create("urn:shop"), id, key, Instant.now());
  }

  private Claim.Claimed claimed(Entry entry, Duration lease) throws Exception {
    return (Claim.Claimed) store.claim(entry, lease);
  }

  @Test
  void d07_what_is_completed_is_not_handed_out_again() throws Exception {
    Entry event = event("1", null);
    assertThat(store.complete(event, claimed(event, LEASE))).isTrue();

    assertThat(store.claim(event, LEASE)).isEqualTo(new Claim.Handled("duplicate"));
    assertThat(store.claim(event("2", null), LEASE)).isInstanceOf(Claim.Claimed.class);
  }

  @Test
  void d07_what_is_completed_again_by_the_same_claim_stays_completed() throws Exception {
    Entry event = event("1", null);
    Claim.Claimed claim = claimed(event, LEASE);

    assertThat(store.complete(event, claim)).isTrue();
    assertThat(store.complete(event, claim)).isTrue();

    assertThat(store.claim(event, LEASE)).isEqualTo(new Claim.Handled("duplicate"));
  }

  @Test
  void d07_what_is_claimed_is_busy_until_it_is_released() throws Exception {
    Entry event = event("1", null);
    Claim.Claimed claim = claimed(event, LEASE);

    assertThat(store.claim(event, LEASE))
        .isInstanceOfSatisfying(
            Claim.Busy.class,
            busy -> assertThat(busy.left()).isBetween(Duration.ofMinutes(4), LEASE));
    store.release(event, claim);

    assertThat(store.claim(event, LEASE)).isInstanceOf(Claim.Claimed.class);
  }

  @Test
  void d07_whoever_lost_a_claim_cannot_complete_or_release_it() throws Exception {
    Entry event = event("1", null);
    Claim.Claimed late = claimed(event, Duration.ofMillis(-1));
    Claim.Claimed next = claimed(event, LEASE);

    assertThat(store.complete(event, late)).isFalse();
    store.release(event, late);

    assertThat(store.claim(event, LEASE)).isInstanceOf(Claim.Busy.class);
    assertThat(store.complete(event, next)).isTrue();
  }

  @Test
  void d07_a_late_holder_completes_what_nobody_else_has_claimed() throws Exception {
    Entry event = event("1", null);

    assertThat(store.complete(event, claimed(event, Duration.ofMillis(-1)))).isTrue();
  }

  @Test
  void d07_of_one_business_key_one_event_is_handled() throws Exception {
    Entry first = event("1", "order-7");
    Claim.Claimed claim = claimed(first, LEASE);

    assertThat(store.claim(event("2", "order-7"), LEASE)).isInstanceOf(Claim.Busy.class);
    store.complete(first, claim);

    assertThat(store.claim(event("2", "order-7"), LEASE))
        .isEqualTo(new Claim.Handled("duplicate of urn:shop 1"));
    assertThat(store.claim(first, LEASE)).isEqualTo(new Claim.Handled("duplicate"));
  }

  @Test
  void d07_of_many_at_once_one_gets_it() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try {
      Entry event = event("1", null);
      List<Claim> claims =
          IntStream.range(0, 32)
              .mapToObj(i -> threads.submit(() -> store.claim(event, LEASE)))
              .toList()
              .stream()
              .map(
                  claim -> {
                    try {
                      return claim.get();
                    } catch (Exception failure) {
                      throw new AssertionError(failure);
                    }
                  })
              .toList();

      assertThat(claims.stream().filter(Claim.Claimed.class::isInstance)).hasSize(1);
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void d07_an_event_that_nobody_can_tell_is_new_is_unknown() throws Exception {
    URI shop = URI.create("urn:shop");
    Instant old = Instant.now().minus(Duration.ofDays(15));

    assertThat(store.claim(new Entry("mailer", shop, "1", null, old), LEASE))
        .isEqualTo(new Claim.Unknown(FailurePolicy.OLDER_THAN_INBOX));
    assertThat(store.claim(new Entry("mailer", shop, "1", null, null), LEASE))
        .isEqualTo(new Claim.Unknown(FailurePolicy.WITHOUT_TIME));
  }

  @Test
  void d07_housekeeping_forgets_only_what_is_older_than_the_window() throws Exception {
    Entry event = event("1", null);
    store.complete(event, claimed(event, LEASE));
    Entry abandoned = event("2", null);
    Claim.Claimed gone = claimed(abandoned, Duration.ofDays(-20));

    store.housekeep();

    assertThat(store.claim(event, LEASE)).isEqualTo(new Claim.Handled("duplicate"));
    assertThat(store.complete(abandoned, gone)).as("its row is gone").isFalse();
  }

  @Test
  void d19_nothing_is_wrong_with_what_was_shipped() {
    assertThat(store.problems()).isEmpty();
  }
}
