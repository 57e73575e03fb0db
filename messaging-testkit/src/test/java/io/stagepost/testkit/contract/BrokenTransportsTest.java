package io.stagepost.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import io.stagepost.spi.Capabilities.Capability;
import io.stagepost.spi.Transport;
import io.stagepost.testkit.InMemoryTransport;
import java.time.Duration;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Events;

/** The suite fails every transport that breaks a rule, by that rule; and passes the whole one. */
class BrokenTransportsTest {
  /** They mostly wait, so several run at once. */
  private static final ExecutorService SUITES = Executors.newFixedThreadPool(8);

  /** JUnit makes the suite's instances; each suite runs on one thread, which knows its harness. */
  private static final ThreadLocal<Supplier<TransportHarness>> HARNESS = new ThreadLocal<>();

  private static final TreeMap<Broken, CompletableFuture<Set<String>>> RUNS = new TreeMap<>();

  static {
    for (Broken broken : Broken.values()) {
      RUNS.put(
          broken,
          CompletableFuture.supplyAsync(
              () -> {
                Events tests = run(broken.settings(), broken.breaking(), Duration.ofMillis(1_500));
                Set<String> failed = new TreeSet<>();
                tests.failed().stream()
                    .forEach(event -> failed.add(event.getTestDescriptor().getDisplayName()));
                return failed;
              },
              SUITES));
    }
  }

  /** The suite over a transport that this thread chooses. */
  static final class Subject extends TransportContract {
    @Override
    protected TransportHarness harness() {
      return HARNESS.get().get();
    }
  }

  private static Events run(
      InMemoryTransport.Builder settings, UnaryOperator<Transport> wrapper, Duration patience) {
    HARNESS.set(() -> new MemoryHarness(settings, wrapper, patience));
    try {
      return EngineTestKit.engine("junit-jupiter")
          .selectors(selectClass(Subject.class))
          .execute()
          .testEvents();
    } finally {
      HARNESS.remove();
    }
  }

  @AfterAll
  static void end() {
    SUITES.shutdown();
  }

  @ParameterizedTest
  @EnumSource
  void a_broken_transport_fails_by_the_rule_it_breaks(Broken broken) {
    Set<String> failed = RUNS.get(broken).join();
    System.out.println(broken + " fails by " + failed);
    assertThat(broken.rules())
        .allSatisfy(rule -> assertThat(failed).anyMatch(name -> name.startsWith(rule + "_")));
  }

  @Test
  void the_same_wrapper_that_breaks_nothing_passes() {
    Events tests = run(InMemoryTransport.builder(), Passing::new, Duration.ofSeconds(20));
    assertThat(tests.failed().count()).isZero();
    assertThat(tests.aborted().count()).isZero();
    assertThat(tests.succeeded().count()).isGreaterThan(40);
  }

  /** Every weakness that can be declared is tested for what is left, or reported as aborted. */
  @ParameterizedTest
  @EnumSource
  void a_declared_weakness_passes(Capability lacking) {
    Events tests =
        run(
            InMemoryTransport.builder().lacking(lacking, "for the test"),
            Passing::new,
            Duration.ofSeconds(20));
    assertThat(tests.failed().stream().map(event -> event.getTestDescriptor().getDisplayName()))
        .isEmpty();
    assertThat(tests.succeeded().count()).isGreaterThan(30);
  }
}
